//! Times, as filters write them.

use chrono::{DateTime, Days, Duration, Months, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use ragstone_core::{Comparison, Filter};

use super::lexer::Operator;

/// From when to when a written time lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// A year, a month or a day: `start` is in it, `end` is not.
    Period { start: DateTime<Utc>, end: DateTime<Utc> },
    /// A point in time.
    Instant(DateTime<Utc>),
}

impl Moment {
    /// Reads a date, a time, or a distance from `now`.
    pub(super) fn parse(text: &str, now: DateTime<Utc>) -> Option<Self> {
        if let Some(distance) = text.strip_prefix('-') {
            return Some(Self::Instant(now.checked_sub_signed(duration(distance)?)?));
        }
        period(text).or_else(|| instant(text).map(Self::Instant))
    }

    /// Compares a document's time with this one. A period is before, after or around it as a whole.
    pub(super) fn compare(self, operator: Operator) -> Option<Filter> {
        let (start, (before_end, end), (after_end, last)) = match self {
            Self::Period { start, end } => (start, (Comparison::Less, end), (Comparison::GreaterOrEqual, end)),
            Self::Instant(time) => (time, (Comparison::LessOrEqual, time), (Comparison::Greater, time)),
        };
        let time = |comparison, value| Filter::Time { comparison, value };
        let within = || Filter::And(vec![time(Comparison::GreaterOrEqual, start), time(before_end, end)]);
        match operator {
            Operator::Equal => Some(within()),
            Operator::NotEqual => Some(Filter::Not(Box::new(within()))),
            Operator::Less => Some(time(Comparison::Less, start)),
            Operator::LessOrEqual => Some(time(before_end, end)),
            Operator::Greater => Some(time(after_end, last)),
            Operator::GreaterOrEqual => Some(time(Comparison::GreaterOrEqual, start)),
            Operator::Contains => None,
        }
    }
}

fn period(text: &str) -> Option<Moment> {
    let mut parts = text.split('-').map(number);
    let (year, month, day) = (parts.next()??, parts.next(), parts.next());
    if parts.next().is_some() || text.find('-').unwrap_or(text.len()) != 4 {
        return None;
    }
    let (first, last) = match (month, day) {
        (None, _) => (date(year, 1, 1)?, date(year, 1, 1)?.checked_add_months(Months::new(12))?),
        (Some(month), None) => (date(year, month?, 1)?, date(year, month?, 1)?.checked_add_months(Months::new(1))?),
        (Some(month), Some(day)) => (date(year, month?, day?)?, date(year, month?, day?)?.checked_add_days(Days::new(1))?),
    };
    let midnight = |date: NaiveDate| date.and_time(NaiveTime::MIN).and_utc();
    Some(Moment::Period { start: midnight(first), end: midnight(last) })
}

fn date(year: u32, month: u32, day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
}

fn instant(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.to_utc());
    }
    // Without a time zone, times are in UTC.
    let formats = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];
    let parsed = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())?;
    Some(parsed.and_utc())
}

fn duration(text: &str) -> Option<Duration> {
    let unit_at = text.find(|letter: char| !letter.is_ascii_digit())?;
    let (count, unit) = text.split_at_checked(unit_at)?;
    let count = i64::from(number(count)?);
    match unit.to_lowercase().as_str() {
        "min" => Duration::try_minutes(count),
        "h" => Duration::try_hours(count),
        "d" => Duration::try_days(count),
        "w" => Duration::try_weeks(count),
        _ => None,
    }
}

/// A number of digits alone: no sign, no space.
fn number(text: &str) -> Option<u32> {
    text.bytes().all(|digit| digit.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}
