//! The items of an event: written as JSON while they are read, and their quantities summed.
//!
//! Their texts are as long as keys can hold them, because what was sold is counted by them.

use rust_decimal::Decimal;
use serde::de::{IgnoredAny, SeqAccess};

use super::plan::{JsonKind, NamedField, NamedPlan};
use super::row::{ParamList, keep};
use super::scratch::Items;
use super::{json, param};
use crate::domain::key_text::{LONGEST_TEXT, cut};
use crate::domain::number;
use crate::domain::wire::cell::boolean;
use crate::domain::wire::envelope::{Cells, Record, Repeated, Wrapped, count_mismatch, no_more};
use crate::domain::wire::text::{Raw, Text};

/// An item's amounts: the field, and what it is called in notes.
pub(super) const AMOUNTS: [(&str, &str); 2] =
    [("quantity", "items.quantity"), ("price", "items.price")];

pub(super) struct ItemList<'s, 'de> {
    pub plan: &'s NamedPlan,
    pub out: &'s mut Items<'de>,
    pub nul: &'s mut u64,
}

impl<'de> Cells<'de> for ItemList<'_, 'de> {
    type Out = ();
    fn read<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Self { plan, out, nul } = self;
        loop {
            out.fields.fill(None);
            out.params.clear();
            if list
                .next_element_seed(Wrapped(Record(Item { plan, out: &mut *out, nul: &mut *nul })))?
                .is_none()
            {
                break;
            }
            write(plan, out);
        }
        if !out.json.is_empty() {
            out.json.push(']');
        }
        Ok(())
    }
}

struct Item<'s, 'de> {
    plan: &'s NamedPlan,
    out: &'s mut Items<'de>,
    nul: &'s mut u64,
}

impl<'de> Cells<'de> for Item<'_, 'de> {
    type Out = ();
    fn read<A: SeqAccess<'de>>(self, mut cells: A) -> Result<(), A::Error> {
        for (position, field) in self.plan.fields.iter().enumerate() {
            let read = match field {
                NamedField::Skip => cells.next_element::<IgnoredAny>()?.is_some(),
                NamedField::Scalar { rank, .. } => keep(
                    cells.next_element_seed(Wrapped(Text))?,
                    &mut self.out.fields[*rank],
                    self.nul,
                ),
                NamedField::Raw { rank } => keep(
                    cells.next_element_seed(Wrapped(Raw))?,
                    &mut self.out.fields[*rank],
                    self.nul,
                ),
                NamedField::Params { plan, .. } => {
                    let list = ParamList { plan, out: &mut self.out.params, nul: self.nul };
                    cells.next_element_seed(Wrapped(Repeated(list)))?.is_some()
                }
            };
            if !read {
                return Err(count_mismatch(position, self.plan.fields.len()));
            }
        }
        no_more(cells, self.plan.fields.len())
    }
}

/// Appends the item at hand: keys in their order, nulls left out.
fn write(plan: &NamedPlan, out: &mut Items<'_>) {
    leave_out_unusable(plan, out);
    out.json.push(if out.json.is_empty() { '[' } else { ',' });
    out.json.push('{');
    let start = out.json.len();
    for &position in &plan.sorted {
        let (rank, kind) = match &plan.fields[position] {
            NamedField::Skip => continue,
            NamedField::Scalar { rank, json } => (*rank, *json),
            NamedField::Raw { rank } => (*rank, JsonKind::Text),
            NamedField::Params { rank, .. } => {
                if !out.params.is_empty() {
                    key(&plan.names[*rank], start, &mut out.json);
                    param::sort(&out.params, &mut out.order);
                    param::flatten(&out.params, &out.order, |_| None, &mut out.json);
                }
                continue;
            }
        };
        let Some(text) = &out.fields[rank] else { continue };
        key(&plan.names[rank], start, &mut out.json);
        match (kind, boolean(text)) {
            (JsonKind::Boolean, Some(value)) => {
                out.json.push_str(if value { "true" } else { "false" })
            }
            (JsonKind::Number, _) => json::number(text, &mut out.json),
            _ => json::string(cut(text, LONGEST_TEXT), &mut out.json),
        }
    }
    out.json.push('}');
    let [quantity, _] = plan.amounts;
    let quantity = quantity.and_then(|rank| out.fields[rank].as_deref()).and_then(number::amount);
    out.quantity = out.quantity.saturating_add(quantity.unwrap_or(Decimal::ONE));
}

/// Amounts that nothing can be computed with count as absent; NaN stays, for it is how the export says that there is none.
fn leave_out_unusable(plan: &NamedPlan, out: &mut Items<'_>) {
    for (rank, unusable) in plan.amounts.iter().zip(&mut out.unusable) {
        let Some(rank) = *rank else { continue };
        let field = &mut out.fields[rank];
        let none = |text: &str| number::amount(text).is_none() && !text.eq_ignore_ascii_case("nan");
        if field.as_deref().is_some_and(none) {
            *field = None;
            *unusable += 1;
        }
    }
}

fn key(name: &str, start: usize, out: &mut String) {
    if out.len() > start {
        out.push(',');
    }
    json::string(name, out);
    out.push(':');
}
