//! Tests through the whole job: the responding party's program makes a production, and the judge's
//! checks it.

#[cfg(test)]
mod audit;
#[cfg(test)]
mod companions;
#[cfg(test)]
mod edges;
#[cfg(test)]
mod families;
#[cfg(test)]
mod produce;
#[cfg(test)]
mod production;
#[cfg(test)]
mod proof_words;
#[cfg(test)]
mod renditions;
#[cfg(test)]
mod report;
#[cfg(test)]
mod support;
