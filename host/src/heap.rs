//! The C library's heap, which librdkafka and we have in common, kept from holding on to what is free.
//!
//! Left alone, glibc has eight arenas a core. What one thread takes another often gives back, and each of the sixty threads
//! leaves its own arena full of holes. Elsewhere (musl, macOS) there is nothing to set.

/// With more than a few, memory grows and nothing is faster.
const MOST_ARENAS: usize = 4;

/// Before any thread is started: at most as many arenas as threads can run at one moment.
pub fn bound() {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    set::arenas(i32::try_from(cores.min(MOST_ARENAS)).unwrap_or(1));
}

/// Gives back what is free, after something that took much.
pub fn trim() {
    set::trim();
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[allow(unsafe_code, reason = "a number given to the C library and a request without any: no pointers")]
mod set {
    pub fn arenas(most: i32) {
        unsafe { libc::mallopt(libc::M_ARENA_MAX, most) };
    }

    pub fn trim() {
        unsafe { libc::malloc_trim(0) };
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
mod set {
    pub fn arenas(_: i32) {}

    pub fn trim() {}
}
