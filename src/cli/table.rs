//! Tables for the terminal: columns if they fit, else one record below the other.
//!
//! Written here because `comfy-table` (2 more crates) has the columns, for 15 lines less, but no records.

use console::{Alignment, pad_str, truncate_str};
use unicode_width::UnicodeWidthStr;

use crate::prompt::style::wrap;

/// Space between columns.
const GAP: &str = "  ";

/// Indentation of the further lines of a wrapped cell.
const INDENT: &str = "    ";

/// Least width of a column that is cut: a narrower one would be unreadable.
const MIN_WIDTH: usize = 8;

/// Rows of cells with optional headings.
pub(super) struct Table {
    /// Heading of each column.
    pub headings: Option<Vec<&'static str>>,
    /// Rows, all with the same number of cells.
    pub rows: Vec<Vec<String>>,
    /// Index of the column that may be cut.
    pub cut: Option<usize>,
}

impl Table {
    /// Text of the table for a terminal of this width; `None` if the output is no terminal: nothing is cut.
    pub(super) fn render(&self, columns: Option<usize>) -> String {
        let widths = self.widths();
        let whole = widths.iter().sum::<usize>() + GAP.len() * widths.len().saturating_sub(1);
        let excess = columns.map_or(0, |columns| whole.saturating_sub(columns));
        match self.cut.filter(|cut| excess == 0 || widths[*cut] >= MIN_WIDTH + excess) {
            _ if excess == 0 => self.columns(&widths),
            Some(cut) => {
                let mut widths = widths;
                widths[cut] -= excess;
                self.columns(&widths)
            }
            None => self.records(columns),
        }
    }

    fn widths(&self) -> Vec<usize> {
        let count = self.rows.first().map_or(0, Vec::len);
        let cells = |column: usize| self.rows.iter().map(move |row| row[column].width());
        let heading = |column: usize| self.headings.as_ref().map_or(0, |headings| headings[column].width());
        (0..count).map(|column| cells(column).max().unwrap_or_default().max(heading(column))).collect()
    }

    fn columns(&self, widths: &[usize]) -> String {
        let headings = self.headings.iter().map(|headings| headings.iter().map(|cell| (*cell).to_owned()).collect());
        let line = |row: Vec<String>| {
            let cell = |(cell, width): (&String, &usize)| {
                pad_str(&truncate_str(cell, *width, "…"), *width, Alignment::Left, None).into_owned()
            };
            let cells: Vec<String> = row.iter().zip(widths).map(cell).collect();
            format!("{}\n", cells.join(GAP).trim_end())
        };
        headings.chain(self.rows.iter().cloned()).map(line).collect()
    }

    /// The first cell of a row on one line, the others indented below, wrapped between words.
    fn records(&self, columns: Option<usize>) -> String {
        let rest = |row: &[String]| -> String {
            let filled = row.iter().enumerate().skip(1).filter(|(_, cell)| !cell.is_empty());
            let line = |(column, cell)| format!("{GAP}{}{cell}", self.heading_before(column));
            filled.map(|filled| wrap(&line(filled), columns, INDENT) + "\n").collect()
        };
        self.rows.iter().map(|row| format!("{}\n{}", row[0], rest(row))).collect()
    }

    fn heading_before(&self, column: usize) -> String {
        match self.headings.as_ref().map(|headings| headings[column]) {
            None | Some("") => String::new(),
            Some(heading) => format!("{}: ", heading.to_lowercase()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(headings: Option<Vec<&'static str>>, cut: Option<usize>) -> Table {
        let rows = [["acme", "openid profile email", "59m", ""], ["é日本", "a", "1d", "default"]];
        Table { headings, rows: rows.map(|row| row.map(str::to_owned).to_vec()).to_vec(), cut }
    }

    #[test]
    fn columns_are_used_if_they_fit_or_without_terminal() {
        let expected = "\
PROVIDER  SCOPES                LEFT
acme      openid profile email  59m
é日本     a                     1d    default
";
        let table = table(Some(vec!["PROVIDER", "SCOPES", "LEFT", ""]), Some(1));
        for columns in [None, Some(45), Some(200)] {
            assert_eq!(table.render(columns), expected, "{columns:?}");
        }
    }

    #[test]
    fn one_column_is_cut_if_that_is_enough() {
        let expected = "\
acme   openid …  59m
é日本  a         1d   default
";
        assert_eq!(table(None, Some(1)).render(Some(29)), expected);
        for columns in 29..41 {
            let rendered = table(None, Some(1)).render(Some(columns));
            assert!(rendered.lines().all(|line| line.width() <= columns), "{columns}:\n{rendered}");
            assert_eq!(rendered.lines().count(), 2);
        }
    }

    #[test]
    fn records_are_used_if_nothing_else_fits() {
        let expected = "\
acme
  scopes: openid profile email
  left: 59m
é日本
  scopes: a
  left: 1d
  default
";
        let headings = || Some(vec!["PROVIDER", "SCOPES", "LEFT", ""]);
        assert_eq!(table(headings(), None).render(Some(42)), expected);
        let broken = expected.replace("openid profile", "openid\n    profile");
        assert_eq!(table(headings(), Some(1)).render(Some(20)), broken);
    }

    #[test]
    fn empty_table_renders_nothing() {
        assert_eq!(Table { headings: None, rows: Vec::new(), cut: Some(0) }.render(Some(20)), "");
    }
}
