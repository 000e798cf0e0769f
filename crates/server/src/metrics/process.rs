//! The process, by the names that all Prometheus clients use.

use std::time::{SystemTime, UNIX_EPOCH};

use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

/// Where Linux says what a process has; other systems have no such file, and go without.
const STATUS: &str = "/proc/self/status";

pub(super) fn register(registry: &mut Registry, started_at: SystemTime) {
    let started = started_at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    registry.register("process_start_time_seconds", "When the process began, in seconds since 1970", ConstGauge::new(started));
    let status = fs_err::read_to_string(STATUS).unwrap_or_default();
    if let Some(bytes) = resident_bytes(&status) {
        registry.register("process_resident_memory_bytes", "Memory of the process, mapped files included", ConstGauge::new(bytes));
    }
}

fn resident_bytes(status: &str) -> Option<i64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: i64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_where_it_is_told() {
        assert_eq!(resident_bytes("Name:\tragstone\nVmRSS:\t  123456 kB\nThreads:\t9\n"), Some(126_418_944));
        assert_eq!(resident_bytes("Name:\tragstone\n"), None);
        assert_eq!(resident_bytes("VmRSS:\tmuch\n"), None);
    }
}
