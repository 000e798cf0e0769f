//! What a page draws besides letters: the straight lines that a table's cells are ruled with, and text that PDFium drops.

use pdfium_render::prelude::{
    PdfMatrix, PdfPage, PdfPageObject, PdfPageObjectCommon, PdfPageObjectsCommon, PdfPagePathObject, PdfPageTextObject, PdfPathSegmentType,
    PdfPathSegments,
};

use super::geometry::{Bounds, QuarterTurns};
use super::glyphs::quarter_turns;

/// Drawings of more objects are no tables, and cost time.
const OBJECTS: usize = 20_000;

/// Drawings within drawings are looked into this deep.
const DEPTH: usize = 4;

/// A straight line, thin or as thick as a rule may be.
const THICKNESS: f32 = 3.0;

/// Shorter lines are parts of letters and signs.
const LENGTH: f32 = 6.0;

/// The straight lines of a page.
#[derive(Debug, Default)]
pub(super) struct Rules {
    pub(super) horizontal: Vec<Rule>,
    pub(super) vertical: Vec<Rule>,
}

/// What a page draws.
#[derive(Debug, Default)]
pub(super) struct Drawings {
    pub(super) rules: Rules,
    /// How many pieces of text.
    texts: usize,
    /// How many of them are long and have no width, and how many are points: PDFium drops both. Vertical lines in a font that
    /// the file does not bring along are such; so are single spaces.
    lines_without_width: usize,
    points: usize,
}

/// A straight line: `at` which height or side, and from where to where.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rule {
    pub(super) at: f32,
    pub(super) from: f32,
    pub(super) to: f32,
}

impl Drawings {
    /// What the page draws.
    pub(super) fn of(page: &PdfPage<'_>) -> Self {
        let mut reader = Reader { drawings: Self::default(), turns: quarter_turns(page), left: OBJECTS, forms: Vec::new() };
        for object in page.objects().iter() {
            reader.object(&object);
        }
        reader.drawings
    }

    /// Whether there is text among them that PDFium has given no letters for.
    pub(super) fn have_unread_text(&self) -> bool {
        self.lines_without_width > 0 || (self.texts >= 10 && self.points * 10 > self.texts * 9)
    }
}

impl Rules {
    /// Adds a rectangle: a rule if it is thin, else its four sides.
    pub(super) fn add(&mut self, bounds: Bounds) {
        let (middle_x, middle_y) = bounds.middle();
        if bounds.height() <= THICKNESS && bounds.width() >= LENGTH {
            self.horizontal.push(Rule { at: middle_y, from: bounds.left, to: bounds.right });
        } else if bounds.width() <= THICKNESS && bounds.height() >= LENGTH {
            self.vertical.push(Rule { at: middle_x, from: bounds.bottom, to: bounds.top });
        } else if bounds.width() >= LENGTH && bounds.height() >= LENGTH {
            self.horizontal.extend([bounds.bottom, bounds.top].map(|at| Rule { at, from: bounds.left, to: bounds.right }));
            self.vertical.extend([bounds.left, bounds.right].map(|at| Rule { at, from: bounds.bottom, to: bounds.top }));
        }
    }
}

struct Reader {
    drawings: Drawings,
    turns: QuarterTurns,
    /// How many more objects are looked at.
    left: usize,
    /// How the drawings are moved that the current one is in, the innermost last.
    forms: Vec<PdfMatrix>,
}

impl Reader {
    fn object(&mut self, object: &PdfPageObject<'_>) {
        if self.left == 0 {
            return;
        }
        self.left -= 1;
        match object {
            PdfPageObject::Path(path) => self.path(path),
            PdfPageObject::Text(text) => self.text(text),
            PdfPageObject::XObjectForm(form) if self.forms.len() < DEPTH => {
                let Ok(matrix) = form.matrix() else { return };
                self.forms.push(matrix);
                for inner in form.iter() {
                    self.object(&inner);
                }
                self.forms.pop();
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &PdfPageTextObject<'_>) {
        // What PDFium itself takes for nothing.
        const NOTHING: f32 = 0.01;
        let Ok(bounds) = text.bounds() else { return };
        let (width, height) = (bounds.width().value, bounds.height().value);
        self.drawings.texts += 1;
        self.drawings.lines_without_width += usize::from(width < NOTHING && height > 1.5 * text.scaled_font_size().value.max(1.0));
        self.drawings.points += usize::from(width < NOTHING && height < NOTHING);
    }

    /// A path is a line, a rectangle, or several of them.
    fn path(&mut self, path: &PdfPagePathObject<'_>) {
        let Ok(matrix) = path.matrix() else { return };
        let segments = path.segments();
        let (mut start, mut current) = ((0.0, 0.0), (0.0, 0.0));
        let mut sides: Vec<Bounds> = Vec::new();
        for segment in (0..segments.len().min(4_000)).filter_map(|number| segments.get(number).ok()) {
            let (x, y) = segment.point();
            let matrices = std::iter::once(&matrix).chain(self.forms.iter().rev());
            let (x, y) = matrices.fold((x, y), |(x, y), matrix| matrix.apply_to_points(x, y));
            let point = self.turns.turn((x.value, y.value));
            match segment.segment_type() {
                PdfPathSegmentType::MoveTo => {
                    self.shape(&mut sides);
                    start = point;
                }
                PdfPathSegmentType::LineTo => sides.push(between(current, point)),
                _ => return,
            }
            current = point;
            if segment.is_close() {
                sides.push(between(current, start));
                current = start;
            }
        }
        self.shape(&mut sides);
    }

    /// The sides that were drawn without a pause: all must be straight and upright, or they are a drawing.
    fn shape(&mut self, sides: &mut Vec<Bounds>) {
        let is_straight = |side: &Bounds| side.width() < 1.0 || side.height() < 1.0;
        let sides = std::mem::take(sides);
        if !sides.iter().all(is_straight) {
            return;
        }
        let whole = sides.iter().fold(Bounds::NOTHING, |bounds, side| bounds.with(*side));
        if whole.width() <= THICKNESS || whole.height() <= THICKNESS || sides.len() >= 4 {
            self.drawings.rules.add(whole);
        } else {
            sides.into_iter().for_each(|side| self.drawings.rules.add(side));
        }
    }
}

fn between(one: (f32, f32), two: (f32, f32)) -> Bounds {
    Bounds { left: one.0.min(two.0), right: one.0.max(two.0), bottom: one.1.min(two.1), top: one.1.max(two.1) }
}
