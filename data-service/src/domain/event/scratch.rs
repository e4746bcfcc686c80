//! The memory of one row, reused for the next.

use std::borrow::Cow;

use rust_decimal::Decimal;

use super::param::Param;
use super::plan::{Plan, SLOTS, Slot};
use crate::domain::key_text::{LONGEST_TEXT, cut};
use crate::domain::keys::Material;

pub(super) type Field<'de> = Option<Cow<'de, str>>;

#[derive(Debug)]
pub(super) struct Scratch<'de> {
    pub slots: [Field<'de>; SLOTS],
    /// By rank in the plan's sorted names.
    pub ecommerce: Vec<Field<'de>>,
    pub params: Vec<Param<'de>>,
    pub user_properties: Vec<Param<'de>>,
    pub items: Items<'de>,
    pub buffers: Buffers,
    /// NUL characters replaced, over all rows.
    pub nul_replaced: u64,
}

#[derive(Debug, Default)]
pub(super) struct Items<'de> {
    /// Fields of the item at hand, by rank.
    pub fields: Vec<Field<'de>>,
    pub params: Vec<Param<'de>>,
    pub order: Vec<u32>,
    /// The array so far, without its closing bracket; empty when there is no item.
    pub json: String,
    pub quantity: Decimal,
    /// How many of each of the amounts in [`super::items::AMOUNTS`] nothing can be computed with.
    pub unusable: [u64; 2],
}

#[derive(Debug, Default)]
pub(super) struct Buffers {
    pub params_json: String,
    pub order: Vec<u32>,
    pub material: Material,
}

impl<'de> Scratch<'de> {
    pub fn new(plan: &Plan) -> Self {
        Self {
            slots: [const { None }; SLOTS],
            ecommerce: vec![None; plan.ecommerce.len()],
            params: Vec::new(),
            user_properties: Vec::new(),
            items: Items { fields: vec![None; plan.items], ..Items::default() },
            buffers: Buffers::default(),
            nul_replaced: 0,
        }
    }

    /// Forgets the row before: a record that is null leaves its slots untouched.
    pub fn clear(&mut self) {
        self.slots.fill(None);
        self.ecommerce.fill(None);
        self.params.clear();
        self.user_properties.clear();
        self.items.json.clear();
        self.items.quantity = Decimal::ZERO;
        self.items.unusable = [0; 2];
        self.buffers.params_json.clear();
    }

    /// The text of a column; empty counts as absent.
    pub fn text(&self, slot: Slot) -> Option<&str> {
        self.slots[slot as usize].as_deref().filter(|text| !text.is_empty())
    }

    /// The same, as long as keys can hold it.
    pub fn key_text(&self, slot: Slot) -> Option<&str> {
        self.text(slot).map(|text| cut(text, LONGEST_TEXT))
    }
}

/// Postgres stores no NUL. Only a text that had escapes can hold one, and such a text is owned.
#[inline]
pub(super) fn without_nul<'de>(field: Field<'de>, replaced: &mut u64) -> Field<'de> {
    match field {
        Some(Cow::Owned(text)) if text.contains('\0') => {
            *replaced += text.matches('\0').count() as u64;
            Some(Cow::Owned(text.replace('\0', "\u{fffd}")))
        }
        field => field,
    }
}
