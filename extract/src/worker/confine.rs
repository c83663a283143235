//! What a process gives up before it reads a byte of a file.
//!
//! | | all Unix | Linux |
//! |---|---|---|
//! | limits of the kernel | memory, processor, no core file, no file written | |
//! | descriptors | | all but the three streams are closed |
//! | Landlock | | no file, no TCP port, no signal to others |
//! | seccomp | | reading, writing, memory and threads' locks only |
//!
//! The limits are required. Landlock and seccomp are taken where the kernel has them;
//! [`Confinement`] says which are in force, and the answer carries it to the caller.

use super::{Budget, Confinement};
use nix::sys::resource::{Resource, setrlimit};
use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

#[cfg(target_os = "linux")]
mod linux;

/// Bytes of a file that a program may write, for its scratch folder.
const PROGRAM_FILE_BYTES: u64 = 256 << 20;

/// Descriptors of a program.
const PROGRAM_FILES: u64 = 256;

/// Confines this process as a worker: it keeps its three streams and its memory.
///
/// To be called before it reads its input, and before it starts a thread.
pub(super) fn worker(budget: &Budget) -> io::Result<Confinement> {
    limits(budget, 0)?;
    let confinement = Confinement {
        limits: true,
        #[cfg(target_os = "linux")]
        descriptors: linux::close_descriptors(),
        #[cfg(target_os = "linux")]
        landlock: linux::deny_files(&[], None),
        ..Confinement::default()
    };
    setrlimit(Resource::RLIMIT_NOFILE, 3, 3)?;
    Ok(confinement)
}

/// Confines this thread to reading, writing and memory; whether the kernel does it.
pub(super) fn reader_thread() -> bool {
    #[cfg(target_os = "linux")]
    return linux::allow_pure_computation();
    #[cfg(not(target_os = "linux"))]
    false
}

/// Confines this process and becomes `program`, which may read the folders of the system and
/// `readable`, and write to `scratch`. Comes back only with why it could not.
#[must_use]
pub(super) fn become_program(
    budget: &Budget,
    readable: &[&Path],
    scratch: &Path,
    program: &Path,
    arguments: &[OsString],
) -> io::Error {
    let confined = limits(budget, PROGRAM_FILE_BYTES).and_then(|()| {
        #[cfg(target_os = "linux")]
        {
            linux::close_descriptors();
            linux::deny_files(readable, Some(scratch));
            linux::deny_network();
        }
        #[cfg(not(target_os = "linux"))]
        let _ = (readable, scratch);
        Ok(setrlimit(
            Resource::RLIMIT_NOFILE,
            PROGRAM_FILES,
            PROGRAM_FILES,
        )?)
    });
    match confined {
        Ok(()) => Command::new(program).args(arguments).exec(),
        Err(error) => error,
    }
}

fn limits(budget: &Budget, file_bytes: u64) -> io::Result<()> {
    let cpu = u64::from(budget.cpu_seconds);
    setrlimit(Resource::RLIMIT_CORE, 0, 0)?;
    setrlimit(Resource::RLIMIT_FSIZE, file_bytes, file_bytes)?;
    // The kernel says SIGXCPU at the first and kills at the second.
    setrlimit(Resource::RLIMIT_CPU, cpu, cpu + 2)?;
    setrlimit(
        Resource::RLIMIT_AS,
        budget.memory_bytes,
        budget.memory_bytes,
    )?;
    Ok(())
}
