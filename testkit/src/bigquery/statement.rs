//! The one form of query the stand-in runs: fields of one table, records made anew of some of their fields, rows of one day.

use crate::ga4::schema::{Field, Kind, Schema};

/// `SELECT … FROM … [WHERE …]`, read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Statement {
    pub project: String,
    pub dataset: String,
    pub table: String,
    /// Paths as in `selectedFields`; empty for `*`.
    pub fields: Vec<String>,
    /// Column and parameter that must be equal.
    pub only: Option<(String, String)>,
}

/// What BigQuery would say of a text it cannot read, or we of one that it could.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotUnderstood(pub String);

impl Statement {
    pub(super) fn parse(text: &str) -> Result<Self, NotUnderstood> {
        let mut rest = Rest(text.trim());
        rest.word("SELECT")?;
        let mut fields = Vec::new();
        if rest.take("*") {
            rest.skip_space();
        } else {
            rest.list(&mut Vec::new(), &mut fields)?;
        }
        rest.word("FROM")?;
        let parts = rest.path()?;
        let [project, dataset, table] =
            parts.try_into().map_err(|_| rest.wrong("`project`.`dataset`.`table`"))?;
        let mut only = None;
        if !rest.0.is_empty() {
            rest.word("WHERE")?;
            let column = rest.path()?.join(".");
            rest.word("=")?;
            let parameter = rest.0.strip_prefix('@').ok_or_else(|| rest.wrong("a parameter"))?;
            only = Some((column, parameter.to_owned()));
        }
        Ok(Self { project, dataset, table, fields, only })
    }

    /// Whether the fields exist and stand in the table's order, in which rows are made.
    pub(super) fn check(&self, schema: &Schema) -> Result<(), NotUnderstood> {
        let mut before = Vec::new();
        for field in &self.fields {
            let unknown = || NotUnderstood(format!("Unrecognized name: {field}"));
            let position = position(&schema.fields, field).ok_or_else(unknown)?;
            if position <= before {
                return Err(NotUnderstood(format!("the stand-in wants {field} earlier")));
            }
            before = position;
        }
        Ok(())
    }
}

fn position(fields: &[Field], path: &str) -> Option<Vec<usize>> {
    let (name, rest) = path.split_once('.').unwrap_or((path, ""));
    let index = fields.iter().position(|field| field.name == name)?;
    let mut position = vec![index];
    match (&fields[index].kind, rest) {
        (_, "") => {}
        (Kind::Record(inner), rest) => position.extend(self::position(inner, rest)?),
        _ => return None,
    }
    Some(position)
}

struct Rest<'t>(&'t str);

impl Rest<'_> {
    fn take(&mut self, text: &str) -> bool {
        match self.0.strip_prefix(text) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    fn skip_space(&mut self) {
        self.0 = self.0.trim_start();
    }

    fn word(&mut self, word: &str) -> Result<(), NotUnderstood> {
        if !self.take(word) {
            return Err(self.wrong(word));
        }
        self.skip_space();
        Ok(())
    }

    fn wrong(&self, expected: &str) -> NotUnderstood {
        let found: String = self.0.chars().take(20).collect();
        NotUnderstood(format!("Syntax error: Expected {expected} but got {found:?}"))
    }

    /// Items up to the end of a record or of the list, below `record`.
    fn list(
        &mut self,
        record: &mut Vec<String>,
        fields: &mut Vec<String>,
    ) -> Result<(), NotUnderstood> {
        loop {
            self.item(record, fields)?;
            self.skip_space();
            if !self.take(",") {
                return Ok(());
            }
            self.skip_space();
        }
    }

    fn item(
        &mut self,
        record: &mut Vec<String>,
        fields: &mut Vec<String>,
    ) -> Result<(), NotUnderstood> {
        if self.take("STRUCT(") {
            // Its name comes behind it; what is inside tells it before.
            let first = Self(self.0).first_path(record.len())?;
            record.push(first);
            self.list(record, fields)?;
            self.word(")")?;
            let name = record.pop().unwrap_or_default();
            return self.named(&name);
        }
        let path = self.path()?;
        if path.len() != record.len() + 1 || !path.starts_with(record) {
            return Err(self.wrong(&format!("a field of {}", record.join("."))));
        }
        fields.push(path.join("."));
        match (record.is_empty(), path.last()) {
            (false, Some(name)) => self.named(name),
            _ => Ok(()),
        }
    }

    fn named(&mut self, name: &str) -> Result<(), NotUnderstood> {
        self.skip_space();
        self.word("AS")?;
        let alias = self.name()?;
        if alias == name { Ok(()) } else { Err(self.wrong(&format!("the name {name}"))) }
    }

    /// The name at `depth` of the first path to come.
    fn first_path(mut self, depth: usize) -> Result<String, NotUnderstood> {
        while self.take("STRUCT(") {}
        let path = self.path()?;
        path.into_iter().nth(depth).ok_or_else(|| self.wrong("a nested field"))
    }

    fn path(&mut self) -> Result<Vec<String>, NotUnderstood> {
        let mut path = vec![self.name()?];
        while self.take(".") {
            path.push(self.name()?);
        }
        self.skip_space();
        Ok(path)
    }

    fn name(&mut self) -> Result<String, NotUnderstood> {
        let quoted = self.0.strip_prefix('`').and_then(|rest| rest.split_once('`'));
        let (name, rest) = quoted.ok_or_else(|| self.wrong("a quoted name"))?;
        self.0 = rest;
        Ok(name.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_records_table_and_day_are_read() {
        let text = "SELECT `a`, STRUCT(STRUCT(`r`.`s`.`c` AS `c`) AS `s`, `r`.`b` AS `b`) AS `r` \
                    FROM `p`.`d`.`t` WHERE `a` = @day";
        let statement = Statement::parse(text).unwrap();
        assert_eq!(statement.fields, ["a", "r.s.c", "r.b"]);
        assert_eq!(statement.only, Some(("a".to_owned(), "day".to_owned())));
        assert_eq!((statement.dataset.as_str(), statement.table.as_str()), ("d", "t"));
        assert!(Statement::parse("SELECT * FROM `p`.`d`.`t`").unwrap().fields.is_empty());
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "SELECT a FROM `p`.`d`.`t`",
            "SELECT `a` FROM `t`",
            "SELECT `a` FROM `p`.`d`.`t` WHERE `a` = 'x'",
            "SELECT STRUCT(`r`.`b` AS `c`) AS `r` FROM `p`.`d`.`t`",
            "SELECT STRUCT(`r`.`b` AS `b`) AS `x` FROM `p`.`d`.`t`",
            "SELECT STRUCT(`r`.`b` AS `b`, `q`.`b` AS `b`) AS `r` FROM `p`.`d`.`t`",
            "SELECT `a` FROM `p`.`d`.`t` ORDER BY `a`",
            "DELETE FROM `p`.`d`.`t`",
        ] {
            assert!(Statement::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn fields_must_exist_in_the_tables_order() {
        let schema = Schema::from_notation("a:int r:record { b c }").unwrap();
        let of = |fields: &[&str]| {
            let fields = fields.iter().map(|field| (*field).to_owned()).collect();
            let name = String::new;
            let (project, dataset, table) = (name(), name(), name());
            Statement { project, dataset, table, fields, only: None }.check(&schema)
        };
        assert_eq!(of(&["a", "r.b", "r.c"]), Ok(()));
        assert!(of(&["r.c", "r.b"]).is_err() && of(&["r.x"]).is_err() && of(&["a.b"]).is_err());
    }
}
