//! Fills the scratch from one row's cells, following the plan.

use serde::de::{IgnoredAny, SeqAccess};

use super::items::ItemList;
use super::param::Param;
use super::plan::{NamedField, NamedPlan, Node, ParamPart, ParamPlan, ValuePart};
use super::scratch::{Field, Scratch, without_nul};
use crate::domain::wire::envelope::{Cells, Record, Repeated, Wrapped, count_mismatch, no_more};
use crate::domain::wire::text::{Raw, Text};

/// Cells of a row, or of a record inside it.
pub(super) struct Columns<'s, 'de> {
    pub nodes: &'s [Node],
    pub scratch: &'s mut Scratch<'de>,
}

impl<'de> Cells<'de> for Columns<'_, 'de> {
    type Out = ();
    fn read<A: SeqAccess<'de>>(self, mut cells: A) -> Result<(), A::Error> {
        let Self { nodes, scratch } = self;
        for (position, node) in nodes.iter().enumerate() {
            let nul = &mut scratch.nul_replaced;
            let read = match node {
                Node::Skip => cells.next_element::<IgnoredAny>()?.is_some(),
                Node::Scalar(slot) => keep(
                    cells.next_element_seed(Wrapped(Text))?,
                    &mut scratch.slots[*slot as usize],
                    nul,
                ),
                Node::Raw(slot) => keep(
                    cells.next_element_seed(Wrapped(Raw))?,
                    &mut scratch.slots[*slot as usize],
                    nul,
                ),
                Node::Record(nodes) => {
                    cells.next_element_seed(Wrapped(Record(Columns { nodes, scratch })))?.is_some()
                }
                Node::Params(plan) => {
                    let list = ParamList { plan, out: &mut scratch.params, nul };
                    cells.next_element_seed(Wrapped(Repeated(list)))?.is_some()
                }
                Node::UserProperties(plan) => {
                    let list = ParamList { plan, out: &mut scratch.user_properties, nul };
                    cells.next_element_seed(Wrapped(Repeated(list)))?.is_some()
                }
                Node::Ecommerce(plan) => {
                    let fields = Ecommerce { plan, out: &mut scratch.ecommerce, nul };
                    cells.next_element_seed(Wrapped(Record(fields)))?.is_some()
                }
                Node::Items(plan) => {
                    let list = ItemList { plan, out: &mut scratch.items, nul };
                    cells.next_element_seed(Wrapped(Repeated(list)))?.is_some()
                }
            };
            if !read {
                return Err(count_mismatch(position, nodes.len()));
            }
        }
        no_more(cells, nodes.len())
    }
}

/// Puts a cell that was there into its field; false when the record had ended.
#[inline]
pub(super) fn keep<'de>(cell: Option<Field<'de>>, field: &mut Field<'de>, nul: &mut u64) -> bool {
    match cell {
        Some(text) => {
            *field = without_nul(text, nul);
            true
        }
        None => false,
    }
}

struct Ecommerce<'s, 'de> {
    plan: &'s NamedPlan,
    out: &'s mut [Field<'de>],
    nul: &'s mut u64,
}

impl<'de> Cells<'de> for Ecommerce<'_, 'de> {
    type Out = ();
    fn read<A: SeqAccess<'de>>(self, mut cells: A) -> Result<(), A::Error> {
        for (position, field) in self.plan.fields.iter().enumerate() {
            let read = match field {
                NamedField::Skip | NamedField::Params { .. } => {
                    cells.next_element::<IgnoredAny>()?.is_some()
                }
                NamedField::Scalar { rank, .. } => {
                    keep(cells.next_element_seed(Wrapped(Text))?, &mut self.out[*rank], self.nul)
                }
                NamedField::Raw { rank } => {
                    keep(cells.next_element_seed(Wrapped(Raw))?, &mut self.out[*rank], self.nul)
                }
            };
            if !read {
                return Err(count_mismatch(position, self.plan.fields.len()));
            }
        }
        no_more(cells, self.plan.fields.len())
    }
}

/// `event_params`, `user_properties` or `item_params`.
pub(super) struct ParamList<'s, 'de> {
    pub plan: &'s ParamPlan,
    pub out: &'s mut Vec<Param<'de>>,
    pub nul: &'s mut u64,
}

impl<'de> Cells<'de> for ParamList<'_, 'de> {
    type Out = ();
    fn read<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        loop {
            let mut param = Param::default();
            let parts = ParamParts { plan: self.plan, param: &mut param, nul: self.nul };
            if list.next_element_seed(Wrapped(Record(parts)))?.is_none() {
                return Ok(());
            }
            self.out.push(param);
        }
    }
}

struct ParamParts<'s, 'de> {
    plan: &'s ParamPlan,
    param: &'s mut Param<'de>,
    nul: &'s mut u64,
}

impl<'de> Cells<'de> for ParamParts<'_, 'de> {
    type Out = ();
    fn read<A: SeqAccess<'de>>(self, mut cells: A) -> Result<(), A::Error> {
        for (position, part) in self.plan.parts.iter().enumerate() {
            let read = match part {
                ParamPart::Skip => cells.next_element::<IgnoredAny>()?.is_some(),
                ParamPart::Key => {
                    let mut key = None;
                    let read = keep(cells.next_element_seed(Wrapped(Text))?, &mut key, self.nul);
                    self.param.key = key.unwrap_or_default();
                    read
                }
                ParamPart::Value(parts) => {
                    let slots = ValueSlots { parts, param: self.param, nul: self.nul };
                    cells.next_element_seed(Wrapped(Record(slots)))?.is_some()
                }
            };
            if !read {
                return Err(count_mismatch(position, self.plan.parts.len()));
            }
        }
        no_more(cells, self.plan.parts.len())
    }
}

struct ValueSlots<'s, 'de> {
    parts: &'s [ValuePart],
    param: &'s mut Param<'de>,
    nul: &'s mut u64,
}

impl<'de> Cells<'de> for ValueSlots<'_, 'de> {
    type Out = ();
    fn read<A: SeqAccess<'de>>(self, mut cells: A) -> Result<(), A::Error> {
        for (position, part) in self.parts.iter().enumerate() {
            let slot = match part {
                ValuePart::Skip => None,
                ValuePart::String => Some(&mut self.param.string),
                ValuePart::Int => Some(&mut self.param.int),
                ValuePart::Float => Some(&mut self.param.float),
                ValuePart::Double => Some(&mut self.param.double),
            };
            let read = match slot {
                None => cells.next_element::<IgnoredAny>()?.is_some(),
                Some(slot) => keep(cells.next_element_seed(Wrapped(Text))?, slot, self.nul),
            };
            if !read {
                return Err(count_mismatch(position, self.parts.len()));
            }
        }
        no_more(cells, self.parts.len())
    }
}
