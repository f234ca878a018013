//! Record of the signals that ask this process to end, for waits inside code that no signal interrupts.

#[cfg(unix)]
use std::sync::atomic::{AtomicBool, Ordering};
#[cfg(unix)]
use std::sync::{Arc, LazyLock, Once};

#[cfg(unix)]
static INTERRUPTED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// Records these signals from now on.
#[cfg(unix)]
pub fn record(signals: impl Iterator<Item = i32>) {
    static RECORD: Once = Once::new();
    RECORD.call_once(|| {
        for signal in signals {
            // On failure a wait for the keyring lasts until its time limit.
            let _ = signal_hook::flag::register(signal, Arc::clone(&INTERRUPTED));
        }
    });
}

/// Returns true after a recorded signal.
pub fn is_interrupted() -> bool {
    #[cfg(unix)]
    return INTERRUPTED.load(Ordering::SeqCst);
    #[cfg(not(unix))]
    false
}
