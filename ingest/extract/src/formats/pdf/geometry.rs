//! Where things are on a page. Pages are upright here: y grows upwards, whatever rotation the file asks for.

/// A rectangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bounds {
    pub(super) left: f32,
    pub(super) right: f32,
    pub(super) bottom: f32,
    pub(super) top: f32,
}

/// By how many quarter turns clockwise a page is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct QuarterTurns(pub(super) u8);

impl Bounds {
    /// Nothing yet: grows with the first rectangle that is added.
    pub(super) const NOTHING: Self = Self { left: f32::MAX, right: f32::MIN, bottom: f32::MAX, top: f32::MIN };

    /// Where a thing is that does not say it.
    pub(super) const NOWHERE: Self = Self { left: 0.0, right: 0.0, bottom: 0.0, top: 0.0 };

    pub(super) fn width(self) -> f32 {
        (self.right - self.left).max(0.0)
    }

    pub(super) fn height(self) -> f32 {
        (self.top - self.bottom).max(0.0)
    }

    pub(super) fn middle(self) -> (f32, f32) {
        (f32::midpoint(self.left, self.right), f32::midpoint(self.bottom, self.top))
    }

    pub(super) fn with(self, other: Self) -> Self {
        Self {
            left: self.left.min(other.left),
            right: self.right.max(other.right),
            bottom: self.bottom.min(other.bottom),
            top: self.top.max(other.top),
        }
    }

    /// How much of the lower one's height the two have in common, 0 to 1.
    pub(super) fn shared_height(self, other: Self) -> f32 {
        let shared = self.top.min(other.top) - self.bottom.max(other.bottom);
        let lower = self.height().min(other.height());
        if lower > 0.0 { (shared / lower).clamp(0.0, 1.0) } else { 0.0 }
    }

    /// Whether one stands above the other, at least in part.
    pub(super) fn shares_width(self, other: Self) -> bool {
        self.left < other.right && other.left < self.right
    }

    /// How far apart they are from side to side; negative where they overlap.
    pub(super) fn gap_to(self, other: Self) -> f32 {
        (other.left - self.right).max(self.left - other.right)
    }

    /// Whether it is the same rectangle, as far as numbers in a PDF are exact.
    pub(super) fn is(self, other: Self) -> bool {
        let near = |one: f32, two: f32| (one - two).abs() < 0.01;
        near(self.left, other.left) && near(self.right, other.right) && near(self.bottom, other.bottom) && near(self.top, other.top)
    }

    pub(super) fn has_point(self, (x, y): (f32, f32)) -> bool {
        (self.left..=self.right).contains(&x) && (self.bottom..=self.top).contains(&y)
    }
}

impl QuarterTurns {
    /// Where a point of the file is on the upright page.
    pub(super) fn turn(self, (x, y): (f32, f32)) -> (f32, f32) {
        match self.0 % 4 {
            1 => (y, -x),
            2 => (-x, -y),
            3 => (-y, x),
            _ => (x, y),
        }
    }

    pub(super) fn turn_bounds(self, bounds: Bounds) -> Bounds {
        let (one, two) = (self.turn((bounds.left, bounds.bottom)), self.turn((bounds.right, bounds.top)));
        Bounds { left: one.0.min(two.0), right: one.0.max(two.0), bottom: one.1.min(two.1), top: one.1.max(two.1) }
    }
}

/// The middle of the values in their order; nothing of nothing.
pub(super) fn median(mut values: Vec<f32>) -> Option<f32> {
    values.sort_by(f32::total_cmp);
    values.get(values.len() / 2).copied()
}
