//! What of the confinement is in force, as the answer states it.

/// Which parts of the confinement are in force.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Confinement {
    /// Limits of the kernel on memory, processor and files.
    pub limits: bool,
    /// Every descriptor but the three streams is closed.
    pub descriptors: bool,
    /// Landlock: no file, no TCP port.
    pub landlock: bool,
    /// A filter of system calls.
    pub seccomp: bool,
}

impl Confinement {
    /// As a byte: 1, 2, 4, 8 in the order of the fields.
    #[must_use]
    pub fn bits(self) -> u8 {
        let Self {
            limits,
            descriptors,
            landlock,
            seccomp,
        } = self;
        [limits, descriptors, landlock, seccomp]
            .into_iter()
            .enumerate()
            .map(|(place, is_on)| u8::from(is_on) << place)
            .sum()
    }

    /// From a byte; other bits are left out.
    #[must_use]
    pub fn from_bits(bits: u8) -> Self {
        let is_on = |place: u8| bits >> place & 1 == 1;
        Self {
            limits: is_on(0),
            descriptors: is_on(1),
            landlock: is_on(2),
            seccomp: is_on(3),
        }
    }
}

impl std::fmt::Display for Confinement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = |is_on| if is_on { "on" } else { "off" };
        write!(
            f,
            "limits {}, descriptors {}, landlock {}, seccomp {}",
            state(self.limits),
            state(self.descriptors),
            state(self.landlock),
            state(self.seccomp)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_lead_back() {
        for bits in 0..16 {
            assert_eq!(Confinement::from_bits(bits).bits(), bits);
        }
    }
}
