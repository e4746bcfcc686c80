//! Which column fills which field.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use super::{Feed, Field, FileError};

/// A column of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Column {
    /// By its name in the header; case and surrounding blanks do not matter.
    Named(String),
    /// By its place, from 1.
    At(usize),
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(name) => write!(f, "\"{name}\""),
            Self::At(position) => write!(f, "{position}"),
        }
    }
}

/// A mapping that cannot work with any file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    #[error("{feed} have no field {field}")]
    UnknownField { feed: Feed, field: String },
    #[error("columns are counted from 1")]
    PositionZero { field: String },
    #[error("without a header line the column of {field} is given by its position")]
    NameWithoutHeader { field: String },
    #[error("without a header line the field {field} needs a column")]
    RequiredFieldUnmapped { field: String },
}

#[derive(Debug, Clone)]
struct Entry {
    field: Field,
    column: Column,
    /// A column nobody asked for may be absent.
    asked_for: bool,
}

/// The tenant's choice for one feed, completed by the fields' own names.
#[derive(Debug, Clone)]
pub struct Mapping {
    entries: Vec<Entry>,
}

impl Mapping {
    /// `chosen` maps a field's name (`code`, `extra.segment`) to a column. Fields it does not
    /// mention are looked for under their own names when the file has a header.
    ///
    /// # Errors
    /// When a field does not exist, or a column cannot be found without a header.
    pub fn new(
        feed: Feed,
        header: bool,
        chosen: &BTreeMap<String, Column>,
    ) -> Result<Self, MappingError> {
        let mut entries = Vec::new();
        for (name, column) in chosen {
            let field = parse_field(feed, name)?;
            match column {
                Column::At(0) => return Err(MappingError::PositionZero { field: name.clone() }),
                Column::Named(_) if !header => {
                    return Err(MappingError::NameWithoutHeader { field: name.clone() });
                }
                _ => {}
            }
            entries.push(Entry { field, column: column.clone(), asked_for: true });
        }
        for field in feed.fields() {
            if entries.iter().any(|entry| entry.field == *field) {
                continue;
            }
            if header {
                entries.push(Entry {
                    field: field.clone(),
                    column: Column::Named(field.to_string()),
                    asked_for: false,
                });
            } else if field.required() {
                return Err(MappingError::RequiredFieldUnmapped { field: field.to_string() });
            }
        }
        Ok(Self { entries })
    }

    /// The last place from 1 at which a column is asked for; 0 when all go by their names.
    pub fn last_position(&self) -> usize {
        let positions = self.entries.iter().map(|entry| match entry.column {
            Column::At(position) => position,
            Column::Named(_) => 0,
        });
        positions.max().unwrap_or(0)
    }

    /// Every column that is asked for by its name, once.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for entry in &self.entries {
            if let Column::Named(name) = &entry.column
                && !names.contains(&fold(name))
            {
                names.push(fold(name));
            }
        }
        names
    }

    /// Finds the columns in a header.
    pub(super) fn bind(&self, header: &[String]) -> Result<Bound, FileError> {
        let names: Vec<String> = header.iter().map(|name| fold(name)).collect();
        let mut seen = HashSet::new();
        let repeated: HashSet<&String> = names.iter().filter(|name| !seen.insert(*name)).collect();

        let mut places: Vec<(Field, usize)> = Vec::new();
        for Entry { field, column, asked_for } in &self.entries {
            let index = match column {
                Column::At(position) => (*position <= names.len()).then(|| position - 1),
                Column::Named(name) => {
                    let name = fold(name);
                    if repeated.contains(&name) {
                        return Err(FileError::ColumnAmbiguous { column: column.to_string() });
                    }
                    names.iter().position(|known| *known == name)
                }
            };
            match index {
                Some(index) => places.push((field.clone(), index)),
                None if *asked_for || field.required() => {
                    return Err(FileError::ColumnMissing {
                        field: field.to_string(),
                        column: column.to_string(),
                    });
                }
                None => {}
            }
        }
        Ok(Bound { places, columns: Some(header.len()), unwanted: Vec::new() })
    }

    /// For a file without a header: every column is given by position.
    pub(super) fn bind_positions(&self) -> Bound {
        let places = self.entries.iter().filter_map(|entry| match entry.column {
            Column::At(position) => Some((entry.field.clone(), position - 1)),
            Column::Named(_) => None,
        });
        Bound { places: places.collect(), columns: None, unwanted: Vec::new() }
    }
}

/// A mapping that met its file.
#[derive(Debug)]
pub(super) struct Bound {
    /// Field and the index of its column.
    pub(super) places: Vec<(Field, usize)>,
    /// How many columns each record must have; the first record decides where there is no header.
    pub(super) columns: Option<usize>,
    /// Columns whose values keep a record out.
    pub(super) unwanted: Vec<usize>,
}

impl Bound {
    /// Gives each key beyond those that were asked for a place of its own.
    pub(super) fn keep_keys(&mut self, keys: &[String]) {
        let known = self.columns.unwrap_or_default();
        for (index, key) in keys.iter().enumerate().skip(known) {
            self.places.push((Field::Extra(key.clone()), index));
            self.columns = Some(index + 1);
        }
    }
}

/// A column's name as it is compared.
pub(super) fn fold(name: &str) -> String {
    name.trim().to_lowercase()
}

fn parse_field(feed: Feed, name: &str) -> Result<Field, MappingError> {
    if let Some(key) = name.strip_prefix("extra.").filter(|key| !key.is_empty()) {
        return Ok(Field::Extra(key.to_owned()));
    }
    feed.fields()
        .iter()
        .find(|field| field.to_string() == name)
        .cloned()
        .ok_or_else(|| MappingError::UnknownField { feed, field: name.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(pairs: &[(&str, &str)]) -> BTreeMap<String, Column> {
        pairs.iter().map(|(f, c)| ((*f).to_owned(), Column::Named((*c).to_owned()))).collect()
    }

    fn header(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn names_match_whatever_their_case() {
        let mapping = Mapping::new(Feed::Customers, true, &named(&[("code", "kundennr")])).unwrap();
        let bound = mapping.bind(&header(&["NAME", " KundenNr "])).unwrap();
        assert_eq!(bound.places, [(Field::Code, 1), (Field::Name, 0)]);
    }

    #[test]
    fn a_chosen_column_must_exist_and_an_own_name_need_not() {
        let own = Mapping::new(Feed::Locations, true, &BTreeMap::new()).unwrap();
        assert!(own.bind(&header(&["code", "name"])).is_ok());
        assert_eq!(own.bind(&header(&["code"])).unwrap_err().code(), "column_missing");

        let chosen = Mapping::new(Feed::Locations, true, &named(&[("city", "ort")])).unwrap();
        assert_eq!(
            chosen.bind(&header(&["code", "name"])).unwrap_err(),
            FileError::ColumnMissing { field: "city".to_owned(), column: "\"ort\"".to_owned() }
        );
    }

    #[test]
    fn a_repeated_column_is_refused_only_when_it_is_used() {
        let mapping = Mapping::new(Feed::Locations, true, &BTreeMap::new()).unwrap();
        assert!(mapping.bind(&header(&["code", "name", "note", "note"])).is_ok());
        assert_eq!(
            mapping.bind(&header(&["code", "name", "Code"])).unwrap_err().code(),
            "column_ambiguous"
        );
    }

    #[test]
    fn a_mapping_that_can_never_work_is_refused() {
        let unknown = Mapping::new(Feed::Locations, true, &named(&[("phone", "tel")]));
        assert!(matches!(unknown, Err(MappingError::UnknownField { .. })));
        let by_name = Mapping::new(Feed::Locations, false, &named(&[("code", "c")]));
        assert!(matches!(by_name, Err(MappingError::NameWithoutHeader { .. })));
        let no_code = Mapping::new(Feed::Locations, false, &BTreeMap::new());
        assert!(matches!(no_code, Err(MappingError::RequiredFieldUnmapped { .. })));
        let zero = BTreeMap::from([("code".to_owned(), Column::At(0))]);
        assert!(matches!(
            Mapping::new(Feed::Locations, true, &zero),
            Err(MappingError::PositionZero { .. })
        ));
    }
}
