//! What a document costs: the operators of all pages, those of forms at every use, counted before any
//! is executed.

use crate::extraction::{Options, Reason};
use hayro_interpret::hayro_syntax::Pdf;
use hayro_interpret::hayro_syntax::content::UntypedIter;
use hayro_interpret::hayro_syntax::object::{Dict, Name, Object, ObjectIdentifier, Stream};
use hayro_interpret::hayro_syntax::page::Resources;
use std::collections::BTreeMap;

/// Forms within forms that are followed; the interpreter itself follows fewer.
const MOST_FORMS: u32 = 60;

/// Fails where a document costs more than the limit.
///
/// # Errors
/// [`Reason::Limit`].
pub fn check(pdf: &Pdf, options: &Options) -> Result<(), Reason> {
    let mut counter = Counter {
        known: BTreeMap::new(),
        most: options.limits.operators,
    };
    let mut sum = 0_u64;
    for page in pdf.pages().iter() {
        sum = sum.saturating_add(counter.operators(page.operations(), page.resources(), 0)?);
        if sum > counter.most {
            return Err(Reason::Limit);
        }
    }
    Ok(())
}

struct Counter {
    /// The cost of each form; of one that is being counted, 0.
    known: BTreeMap<(u32, i32), u64>,
    most: u64,
}

impl Counter {
    fn operators(
        &mut self,
        mut operators: UntypedIter,
        resources: &Resources,
        depth: u32,
    ) -> Result<u64, Reason> {
        let mut sum = 0_u64;
        while let Some(instruction) = operators.next() {
            sum = sum.saturating_add(1);
            if &**instruction.operator == b"Do"
                && let Some(Object::Name(name)) = instruction.operands().next()
            {
                sum = sum.saturating_add(self.form(resources, name, depth)?);
            }
            if sum > self.most {
                return Err(Reason::Limit);
            }
        }
        Ok(sum)
    }

    fn form(&mut self, resources: &Resources, name: &Name, depth: u32) -> Result<u64, Reason> {
        let Some(stream) = resources.get_x_object(name).filter(is_form) else {
            return Ok(1);
        };
        let ObjectIdentifier {
            obj_number,
            gen_number,
        } = stream.obj_id();
        if let Some(cost) = self.known.get(&(obj_number, gen_number)) {
            return Ok(*cost);
        }
        if depth >= MOST_FORMS {
            return Ok(0);
        }
        self.known.insert((obj_number, gen_number), 0);
        let content = stream.decoded().unwrap_or_default();
        let own = stream.dict().get::<Dict>("Resources").map(Resources::new);
        let inner = own.as_ref().unwrap_or(resources);
        let cost = self.operators(UntypedIter::new(&content), inner, depth + 1)?;
        self.known.insert((obj_number, gen_number), cost);
        Ok(cost)
    }
}

fn is_form(stream: &Stream) -> bool {
    stream
        .dict()
        .get::<Name>("Subtype")
        .is_some_and(|subtype| &*subtype == b"Form")
}
