//! A day several times over: the same events, of other clients and other transactions.

use super::schema::{Field, Kind};
use super::{Row, Schema, Value};

/// Where a row says whose it is.
#[derive(Debug, Clone, Copy)]
pub struct Copies {
    client: Option<usize>,
    ecommerce: Option<usize>,
    transaction: Option<usize>,
}

impl Copies {
    #[must_use]
    pub fn of(schema: &Schema) -> Self {
        let inside = |field: &Field| match &field.kind {
            Kind::Record(children) => children.iter().position(|f| f.name == "transaction_id"),
            _ => None,
        };
        let ecommerce = schema.position("ecommerce");
        Self {
            client: schema.position("user_pseudo_id"),
            ecommerce,
            transaction: ecommerce.and_then(|at| inside(&schema.fields[at])),
        }
    }

    /// The row as the copy with this number has it; the first is the row itself.
    #[must_use]
    pub fn row(self, mut row: Row, copy: u32) -> Row {
        if copy == 0 {
            return row;
        }
        if let Some(cell) = self.client.and_then(|at| row.get_mut(at)) {
            tell_apart(cell, copy);
        }
        if let Some(Value::Record(cells)) = self.ecommerce.and_then(|at| row.get_mut(at))
            && let Some(cell) = self.transaction.and_then(|at| cells.get_mut(at))
        {
            tell_apart(cell, copy);
        }
        row
    }
}

fn tell_apart(cell: &mut Value, copy: u32) {
    if let Value::Text(text) = cell
        && !text.is_empty()
        && text != "(not set)"
    {
        text.to_mut().push_str(&format!("-{copy}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_has_other_clients_and_transactions_and_nothing_else_new() {
        let text =
            "user_pseudo_id\necommerce:record {\n total_item_quantity:int\n transaction_id\n}\n";
        let schema = Schema::from_notation(text).unwrap();
        let row = |client: &'static str, transaction: &'static str| {
            vec![client.into(), Value::Record(vec![3.into(), transaction.into()])]
        };
        let copies = Copies::of(&schema);
        assert_eq!(copies.row(row("1.2", "T7"), 0), row("1.2", "T7"));
        assert_eq!(copies.row(row("1.2", "T7"), 4), row("1.2-4", "T7-4"));
        assert_eq!(copies.row(row("1.2", "(not set)"), 4), row("1.2-4", "(not set)"));
        let nobody = vec![Value::Null, Value::Null];
        assert_eq!(copies.row(nobody.clone(), 1), nobody);
    }
}
