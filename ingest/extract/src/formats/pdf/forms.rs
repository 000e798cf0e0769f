//! What was filled into a form. It is not in the page's own text.

use pdfium_render::prelude::{PdfFormField, PdfFormFieldCommon, PdfPage};

/// Forms of more fields are not filled in by people.
const FIELDS: usize = 10_000;

/// The fields of the page with something in them: `Gender: Man`.
pub(super) fn filled_fields(page: &PdfPage<'_>) -> Vec<String> {
    let mut filled: Vec<String> = Vec::new();
    for annotation in page.annotations().iter().take(FIELDS) {
        let Some(field) = annotation.as_form_field() else { continue };
        let Some(value) = value(field).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()) else { continue };
        let line = match label(field) {
            Some(label) => format!("{label}: {value}"),
            None => value,
        };
        if !filled.contains(&line) {
            filled.push(line);
        }
    }
    filled
}

fn value(field: &PdfFormField<'_>) -> Option<String> {
    match field {
        PdfFormField::Text(text) if !text.is_password() => text.value(),
        PdfFormField::ComboBox(choice) => choice.value(),
        PdfFormField::ListBox(choice) => choice.value(),
        PdfFormField::Checkbox(checkbox) if checkbox.is_checked().unwrap_or(false) => Some("yes".to_owned()),
        PdfFormField::RadioButton(button) if button.is_checked().unwrap_or(false) => button.group_value(),
        _ => None,
    }
}

fn label(field: &PdfFormField<'_>) -> Option<String> {
    field.name().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty())
}
