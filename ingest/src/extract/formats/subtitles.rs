//! WebVTT and SubRip: what is said, without the times.

use crate::extract::reading::Reading;

/// After a pause of so many seconds a paragraph begins.
const PAUSE: f64 = 3.0;

/// Reads subtitles as running text.
pub(super) fn read(text: &str) -> Reading {
    let mut paragraphs: Vec<String> = Vec::new();
    let mut ended = f64::NEG_INFINITY;
    let mut last = String::new();
    for block in text.replace("\r\n", "\n").split("\n\n") {
        let mut lines = block.lines().skip_while(|line| !line.contains("-->"));
        let Some((start, end)) = lines.next().and_then(times) else { continue };
        let said = lines.map(without_tags).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
        // Rolling captions repeat the line before.
        if said.is_empty() || said == last {
            continue;
        }
        match paragraphs.last_mut().filter(|_| start - ended < PAUSE && !has_speaker(&said)) {
            Some(paragraph) => {
                paragraph.push(' ');
                paragraph.push_str(&said);
            }
            None => paragraphs.push(said.clone()),
        }
        (ended, last) = (end, said);
    }
    if paragraphs.is_empty() {
        return Reading::plain(text);
    }
    Reading::plain(paragraphs.join("\n\n"))
}

/// `00:01:02.500 --> 00:01:04,000 align:left`, in seconds.
fn times(line: &str) -> Option<(f64, f64)> {
    let (start, end) = line.split_once("-->")?;
    Some((seconds(start)?, seconds(end.split_whitespace().next()?)?))
}

fn seconds(time: &str) -> Option<f64> {
    time.trim().replace(',', ".").split(':').try_fold(0.0, |sum, part| Some(sum * 60.0 + part.parse::<f64>().ok()?))
}

/// `<v Ann>Hello` is `Ann: Hello`; other tags go.
fn without_tags(line: &str) -> String {
    let mut written = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('<') {
        let Some((tag, tail)) = after.split_once('>') else { break };
        written.push_str(before);
        if let Some(speaker) =
            tag.strip_prefix("v ").or_else(|| tag.split_once(' ').filter(|(name, _)| name.starts_with("v.")).map(|(_, speaker)| speaker))
        {
            written.push_str(&format!("{}: ", speaker.trim()));
        }
        rest = tail;
    }
    written.push_str(rest);
    written.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn has_speaker(said: &str) -> bool {
    said.split_once(": ")
        .is_some_and(|(speaker, _)| speaker.len() <= 40 && speaker.starts_with(char::is_uppercase) && !speaker.contains(['.', ',']))
}
