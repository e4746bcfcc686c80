//! The door: pages in, events out.

use serde::de::{DeserializeSeed, SeqAccess};

use super::Event;
use super::assemble;
use super::identity::IdentityKeys;
use super::notes::Notes;
use super::plan::{self, Plan};
use super::row::Columns;
use super::scratch::Scratch;
use super::typing::ParamTypes;
use crate::domain::wire::envelope::{Cells, Record};
use crate::domain::wire::page::{self, PageError, Reject};
use crate::domain::wire::{Schema, surrogate};

/// A table that holds no events.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the table has no readable column {0}")]
pub struct SchemaError(pub &'static str);

/// Decodes the pages of one table; the notes add up over all of them.
#[derive(Debug)]
pub struct EventDecoder {
    plan: Plan,
    identity: IdentityKeys,
    types: ParamTypes,
    notes: Notes,
    selected_fields: Option<String>,
}

/// What became of one page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageSummary {
    /// Rows on the page, the rejected ones included.
    pub rows: u64,
    pub rejected: Vec<Reject>,
    /// Of all pages together, if the answer says it.
    pub total_rows: Option<u64>,
}

impl EventDecoder {
    /// For rows with all columns of the table.
    pub fn new(schema: &Schema, identity: IdentityKeys) -> Result<Self, SchemaError> {
        let plan = Plan::new(schema);
        if let Some(column) = plan.missing() {
            return Err(SchemaError(column));
        }
        let notes = Notes { unknown_types: schema.unknown_types(), ..Notes::default() };
        let types = ParamTypes::default();
        Ok(Self { plan, identity, types, notes, selected_fields: None })
    }

    /// Gives params these types.
    #[must_use]
    pub fn typing(self, types: ParamTypes) -> Self {
        Self { types, ..self }
    }

    /// For rows that are asked for with [`Self::selected_fields`]: less than half the bytes.
    pub fn selecting(schema: &Schema, identity: IdentityKeys) -> Result<Self, SchemaError> {
        let (selected, fields) = plan::selection(schema);
        let mut decoder = Self::new(&selected, identity)?;
        decoder.notes.unknown_types = schema.unknown_types();
        decoder.selected_fields = Some(fields);
        Ok(decoder)
    }

    /// The `selectedFields` the pages must be asked for with; `None` when whole rows are expected.
    pub fn selected_fields(&self) -> Option<&str> {
        self.selected_fields.as_deref()
    }

    pub fn notes(&self) -> &Notes {
        &self.notes
    }

    /// Gives every readable event of a page to `sink`, in order. `first_row` is the table position of the page's first row.
    ///
    /// When the page turns out to be no table answer (cut short, not JSON) the rows before that place have been given out:
    /// the caller drops what it made of this page.
    pub fn page(
        &mut self,
        page: &[u8],
        first_row: u64,
        mut sink: impl FnMut(&Event<'_>),
    ) -> Result<PageSummary, PageError> {
        let text = page::text(page);
        let mut run =
            Run { decoder: self, sink: &mut sink, rows: 0, first_row, rejected: Vec::new() };
        let total_rows = match run.all(&text) {
            Ok(total_rows) => total_rows,
            // One row does not fit the schema, and a stream cannot step over it: the rest is read row by row.
            Err(_) => {
                let (rows, total_rows) = page::raw_rows(&text)?;
                let done = usize::try_from(run.rows).unwrap_or(usize::MAX);
                rows.iter().skip(done).for_each(|row| run.one(row.get()));
                total_rows
            }
        };
        Ok(PageSummary { rows: run.rows, rejected: run.rejected, total_rows })
    }
}

struct Run<'r, S> {
    decoder: &'r mut EventDecoder,
    sink: &'r mut S,
    rows: u64,
    first_row: u64,
    rejected: Vec<Reject>,
}

impl<S: FnMut(&Event<'_>)> Run<'_, S> {
    fn all(&mut self, text: &str) -> Result<Option<u64>, PageError> {
        page::read(text, Rows(self))
    }

    fn one(&mut self, json: &str) {
        let json = surrogate::repair(json);
        let mut scratch = Scratch::new(&self.decoder.plan);
        let columns = Columns { nodes: &self.decoder.plan.columns, scratch: &mut scratch };
        let read = Record(columns).deserialize(&mut serde_json::Deserializer::from_str(&json));
        match read {
            Ok(Some(())) => self.emit(&mut scratch),
            Ok(None) => self.reject("the row is null".to_owned()),
            Err(error) => self.reject(error.to_string()),
        }
    }

    fn emit(&mut self, scratch: &mut Scratch<'_>) {
        let EventDecoder { plan, identity, types, notes, .. } = &mut *self.decoder;
        notes.nul_replaced += std::mem::take(&mut scratch.nul_replaced);
        match assemble::event(plan, identity, types, notes, scratch) {
            Ok(event) => {
                (self.sink)(&event);
                self.rows += 1;
            }
            Err(reason) => self.reject(reason),
        }
    }

    fn reject(&mut self, reason: String) {
        self.rejected.push(Reject { row: self.first_row + self.rows, reason });
        self.rows += 1;
    }
}

struct Rows<'x, 'r, S>(&'x mut Run<'r, S>);

impl<'de, S: FnMut(&Event<'_>)> Cells<'de> for Rows<'_, '_, S> {
    type Out = ();
    fn read<A: SeqAccess<'de>>(self, mut rows: A) -> Result<(), A::Error> {
        let run = self.0;
        let mut scratch = Scratch::new(&run.decoder.plan);
        loop {
            scratch.clear();
            let columns = Columns { nodes: &run.decoder.plan.columns, scratch: &mut scratch };
            match rows.next_element_seed(Record(columns))? {
                None => return Ok(()),
                Some(Some(())) => run.emit(&mut scratch),
                Some(None) => run.reject("the row is null".to_owned()),
            }
        }
    }
}
