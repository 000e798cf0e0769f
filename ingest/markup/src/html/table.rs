//! Tables of pages: those of data as pipe tables, those that only lay a page out as its blocks.

use std::rc::Rc;

use htmd::element_handler::{HandlerResult, Handlers};
use htmd::{Element, Node};
use markup5ever_rcdom::NodeData;

use crate::blocks::{Blocks, one_line};

/// A cell with more text, in several blocks, is a part of a page.
const CELL_BYTES: usize = 1000;

/// A cell is not taken to be wider, whatever it says.
const MOST_COLUMNS: usize = 64;

/// What a table is made of.
#[derive(Default)]
struct Table {
    captions: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// Takes over from the converter, which loses the first cells of rows that are headed by one.
pub(super) fn write(handlers: &dyn Handlers, element: Element<'_>) -> Option<HandlerResult> {
    let mut table = Table::default();
    table.take(handlers, element.node);
    let captions = table.captions.join("\n\n");
    let content = if table.is_layout() { table.rows.concat().join("\n\n") } else { pipes(&table.rows) };
    Some(format!("\n\n{captions}\n\n{content}\n\n").into())
}

impl Table {
    fn take(&mut self, handlers: &dyn Handlers, node: &Rc<Node>) {
        for child in node.children.borrow().iter() {
            let NodeData::Element { name, .. } = &child.data else { continue };
            match &*name.local {
                "thead" | "tbody" | "tfoot" => self.take(handlers, child),
                "tr" => self.rows.push(cells(handlers, child)),
                "caption" => self.captions.push(one_line(&handlers.walk_children(child).content)),
                _ => {}
            }
        }
    }

    fn is_layout(&self) -> bool {
        let is_block =
            |cell: &String| cell.contains("\n| ---") || cell.contains("|\n") || (cell.len() > CELL_BYTES && cell.contains("\n\n"));
        self.rows.iter().all(|row| row.len() < 2) || self.rows.iter().flatten().any(is_block)
    }
}

fn cells(handlers: &dyn Handlers, row: &Rc<Node>) -> Vec<String> {
    let mut cells = Vec::new();
    for child in row.children.borrow().iter() {
        let NodeData::Element { name, attrs, .. } = &child.data else { continue };
        if !matches!(&*name.local, "td" | "th") {
            continue;
        }
        cells.push(handlers.walk_children(child).content.trim().to_owned());
        let span =
            attrs.borrow().iter().find(|attribute| &*attribute.name.local == "colspan").and_then(|span| span.value.parse::<usize>().ok());
        let more = span.unwrap_or(1).min(MOST_COLUMNS).saturating_sub(1);
        cells.extend(std::iter::repeat_n(String::new(), more));
    }
    cells
}

fn pipes(rows: &[Vec<String>]) -> String {
    let mut rows = rows.to_vec();
    rows.retain(|row| row.iter().any(|cell| !cell.is_empty()));
    let mut blocks = Blocks::default();
    blocks.table(&rows);
    blocks.into_text()
}

#[cfg(test)]
mod tests {
    use crate::Page;

    fn check(html: &str, expected: &str) {
        assert_eq!(Page::read(html, &[]).unwrap().text.trim(), expected, "{html}");
    }

    #[test]
    fn rows_keep_what_heads_them() {
        check(
            "<table><caption>Days</caption><tr><th></th><th>a</th></tr><tbody><tr><th>x|y</th><td><ul><li>1<li>2</ul></td></tr></tbody></table>",
            "Days\n\n| | a |\n| --- | --- |\n| x\\|y | * 1 * 2 |",
        );
        check("<table><tr><td colspan=2>a<td>b<tr><td>1<td>2</table>", "| a | | b |\n| --- | --- | --- |\n| 1 | 2 | |");
    }

    #[test]
    fn what_lays_out_a_page_is_no_table() {
        check("<table><tr><td>Menu<td><p>One</p><table><tr><td>a<td>b</table></table>", "Menu\n\nOne\n\n| a | b |\n| --- | --- |");
        check("<table><tr><td>One<tr><td>Two</table>", "One\n\nTwo");
        check("<table></table><p>x", "x");
    }
}
