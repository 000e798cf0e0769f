//! Quality against latency, a point a configuration.

use plotters::prelude::{
    BLACK, ChartBuilder, Circle, Color, ErrorBar, IntoDrawingArea, IntoFont, Palette, Palette99, PathElement, SVGBackend,
    SeriesLabelPosition, WHITE,
};

use super::{Report, ordered_measures};
use crate::EvalError;

const SIZE: (u32, u32) = (760, 440);

/// One configuration in the picture.
struct Point {
    name: String,
    latency_ms: f64,
    low: f64,
    mean: f64,
    high: f64,
}

pub(super) fn quality_against_latency(report: &Report) -> Result<Option<String>, EvalError> {
    let Some(measure) = report.subjects.first().and_then(|first| ordered_measures(first).first().copied()) else { return Ok(None) };
    let points: Vec<Point> = report
        .subjects
        .iter()
        .filter_map(|subject| {
            let estimate = subject.assessment.measures.get(measure)?;
            let latency_ms = subject.assessment.latency.p50_ms;
            Some(Point { name: subject.name.clone(), latency_ms, low: estimate.low, mean: estimate.mean, high: estimate.high })
        })
        .collect();
    let mut picture = String::new();
    draw(&mut picture, measure, &points).map_err(|error| EvalError::Plot { reason: error.to_string() })?;
    Ok(Some(picture))
}

fn draw(picture: &mut String, measure: &str, points: &[Point]) -> Result<(), Box<dyn std::error::Error>> {
    let slowest = points.iter().map(|point| point.latency_ms).fold(0.0, f64::max);
    let (low, high) = points.iter().fold((1.0_f64, 0.0_f64), |(low, high), point| (low.min(point.low), high.max(point.high)));
    let margin = ((high - low) * 0.1).max(0.01);
    let area = SVGBackend::with_string(picture, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption(format!("{measure} against latency (median search)"), ("sans-serif", 18).into_font())
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(60)
        .build_cartesian_2d(0.0..(slowest * 1.15).max(1.0), (low - margin)..(high + margin))?;
    chart.configure_mesh().x_desc("milliseconds").y_desc(measure).light_line_style(WHITE).draw()?;
    for (place, point) in points.iter().enumerate() {
        let colour = Palette99::pick(place).to_rgba();
        let bar = ErrorBar::new_vertical(point.latency_ms, point.low, point.mean, point.high, colour.stroke_width(1), 9);
        chart.draw_series([bar])?;
        let dot = Circle::new((point.latency_ms, point.mean), 5, colour.filled());
        chart
            .draw_series([dot])?
            .label(point.name.clone())
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], colour.stroke_width(4)));
    }
    let mut labels = chart.configure_series_labels();
    labels.position(SeriesLabelPosition::LowerRight).background_style(WHITE.mix(0.8)).border_style(BLACK.mix(0.3)).draw()?;
    area.present()?;
    Ok(())
}
