//! Record of the signals that ask this process to end, for waits inside code that no signal interrupts.

#[cfg(unix)]
use std::sync::atomic::{AtomicUsize, Ordering};
#[cfg(unix)]
use std::sync::{Arc, LazyLock, Once};

/// Number of the last signal, or 0.
#[cfg(unix)]
static SIGNAL: LazyLock<Arc<AtomicUsize>> = LazyLock::new(Arc::default);

/// Records these signals from now on.
#[cfg(unix)]
pub fn record(signals: impl Iterator<Item = i32>) {
    static RECORD: Once = Once::new();
    RECORD.call_once(|| {
        for signal in signals {
            // On failure a wait for the keyring lasts until its time limit.
            let number = usize::try_from(signal).unwrap_or(usize::MAX);
            let _ = signal_hook::flag::register_usize(signal, Arc::clone(&SIGNAL), number);
        }
    });
}

/// Last recorded signal.
pub fn signal() -> Option<u8> {
    #[cfg(unix)]
    return u8::try_from(SIGNAL.load(Ordering::SeqCst)).ok().filter(|signal| *signal != 0);
    #[cfg(not(unix))]
    None
}

/// Forgets the recorded signal: it was for a command that this process runs.
pub fn forget() {
    #[cfg(unix)]
    SIGNAL.store(0, Ordering::SeqCst);
}

/// Returns true after a recorded signal.
pub fn is_interrupted() -> bool {
    signal().is_some()
}
