//! Landlock, seccomp and what else Linux has.

use landlock::{
    ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError,
    RulesetStatus, Scope, path_beneath_rules,
};
use nix::sys::prctl::{set_dumpable, set_pdeathsig};
use nix::sys::signal::Signal;
use nix::unistd::close;
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch, apply_filter};
use std::collections::BTreeMap;
use std::path::Path;

/// The rules that this program knows; an older kernel enforces those that it knows too.
const RULES: ABI = ABI::V6;

/// Folders of the system, which hold programs, libraries, their data and their settings.
const SYSTEM: [&str; 10] = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib64",
    "/opt",
    "/etc",
    "/dev/null",
    "/dev/zero",
    "/dev/urandom",
];

/// Closes every descriptor but the three streams, and asks to end with the caller; whether it
/// could list them.
pub fn close_descriptors() -> bool {
    // Without these the process is confined all the same.
    let _ = set_pdeathsig(Signal::SIGKILL);
    let _ = set_dumpable(false);
    let Ok(entries) = std::fs::read_dir("/proc/self/fd") else {
        return false;
    };
    let open: Vec<i32> = entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    for descriptor in open.into_iter().filter(|&number| number > 2) {
        // The listing's own one is closed already.
        let _ = close(descriptor);
    }
    true
}

/// Takes away all files but those beneath `readable`, the folders of the system and `scratch`, or
/// all without exception where there is no scratch folder; whether the kernel does it.
pub fn deny_files(readable: &[&Path], scratch: Option<&Path>) -> bool {
    let restricted = || -> Result<RulesetStatus, RulesetError> {
        let mut rules = Ruleset::default()
            .handle_access(AccessFs::from_all(RULES))?
            .handle_access(AccessNet::from_all(RULES))?
            .scope(Scope::from_all(RULES))?
            .create()?;
        if let Some(scratch) = scratch {
            let read = AccessFs::from_read(RULES);
            rules = rules
                .add_rules(path_beneath_rules(SYSTEM, read))?
                .add_rules(path_beneath_rules(readable, read))?
                .add_rules(path_beneath_rules([scratch], AccessFs::from_all(RULES)))?;
        }
        Ok(rules.restrict_self()?.ruleset)
    };
    restricted().is_ok_and(|status| status != RulesetStatus::NotEnforced)
}

/// Leaves this thread what a reader needs; any other system call fails as not permitted.
pub fn allow_pure_computation() -> bool {
    let allowed = [
        libc::SYS_read,
        libc::SYS_write,
        libc::SYS_writev,
        libc::SYS_close,
        libc::SYS_mmap,
        libc::SYS_munmap,
        libc::SYS_mremap,
        libc::SYS_mprotect,
        libc::SYS_madvise,
        libc::SYS_brk,
        libc::SYS_futex,
        libc::SYS_sigaltstack,
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_gettid,
        libc::SYS_getpid,
        libc::SYS_tgkill,
        libc::SYS_sched_yield,
        libc::SYS_sched_getaffinity,
        libc::SYS_clock_gettime,
        libc::SYS_getrandom,
        libc::SYS_restart_syscall,
        libc::SYS_exit,
        libc::SYS_exit_group,
    ];
    filter(&allowed, SeccompAction::Errno(1), SeccompAction::Allow)
}

/// Takes sockets from the process and the calls that reach into the kernel or into others.
pub fn deny_network() -> bool {
    let denied = [
        libc::SYS_socket,
        libc::SYS_socketpair,
        libc::SYS_connect,
        libc::SYS_bind,
        libc::SYS_io_uring_setup,
        libc::SYS_ptrace,
        libc::SYS_process_vm_readv,
        libc::SYS_process_vm_writev,
        libc::SYS_bpf,
        libc::SYS_perf_event_open,
        libc::SYS_userfaultfd,
        libc::SYS_keyctl,
        libc::SYS_mount,
        libc::SYS_unshare,
        libc::SYS_setns,
    ];
    filter(&denied, SeccompAction::Allow, SeccompAction::Errno(1))
}

/// Installs a filter: `listed` for these system calls, `others` for the rest.
fn filter(calls: &[i64], others: SeccompAction, listed: SeccompAction) -> bool {
    let rules: BTreeMap<_, _> = calls.iter().map(|&call| (call, Vec::new())).collect();
    let program = TargetArch::try_from(std::env::consts::ARCH)
        .and_then(|arch| SeccompFilter::new(rules, others, listed, arch))
        .and_then(BpfProgram::try_from);
    program.is_ok_and(|program| apply_filter(&program).is_ok())
}
