//! What a workbook consists of: its sheets, and where its parts lie.

use quick_xml::events::Event;

use super::super::FileError;
use super::super::unpack::archive::Archive;
use super::SheetChoice;
use super::xml::{Xml, attribute};

/// Programs allow some hundred sheets.
const MAX_ENTRIES: usize = 10_000;

#[derive(Debug)]
pub(super) struct Book {
    sheets: Vec<Listed>,
    relations: Vec<Relation>,
    /// Whether days are counted from 1904.
    pub(super) from_1904: bool,
}

/// A sheet as the workbook lists it.
#[derive(Debug)]
pub(super) struct Listed {
    name: String,
    relation: String,
}

/// A part that belongs to another one.
#[derive(Debug)]
struct Relation {
    id: String,
    kind: String,
    path: String,
}

impl Book {
    pub(super) fn open(archive: &mut Archive) -> Result<Self, FileError> {
        let root = relations(archive, "_rels/.rels", "")?;
        let path =
            root.iter().find(|part| part.is("officeDocument")).map(|part| part.path.as_str());
        let path = path.ok_or(FileError::WorkbookDamaged)?;
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let folder = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let relations = relations(archive, &format!("{folder}_rels/{name}.rels"), &folder)?;
        let mut book = Self { sheets: Vec::new(), relations, from_1904: false };
        let mut xml = part(archive, path)?.ok_or(FileError::WorkbookDamaged)?;
        loop {
            match xml.next()? {
                Event::Start(element) | Event::Empty(element) => {
                    match element.local_name().as_ref() {
                        b"sheet" if book.sheets.len() < MAX_ENTRIES => {
                            let name = attribute(&element, "name")?.unwrap_or_default();
                            let relation = attribute(&element, "id")?.unwrap_or_default();
                            book.sheets.push(Listed { name, relation });
                        }
                        b"workbookPr" => {
                            let value = attribute(&element, "date1904")?;
                            book.from_1904 = matches!(value.as_deref(), Some("1" | "true" | "on"));
                        }
                        _ => {}
                    }
                }
                Event::Eof => return Ok(book),
                _ => {}
            }
        }
    }

    pub(super) fn choose(&self, choice: &SheetChoice) -> Result<&Listed, FileError> {
        let (found, sheet) = match choice {
            SheetChoice::First => {
                let of_cells = |sheet: &&Listed| {
                    self.relation(&sheet.relation).is_some_and(|part| part.is("worksheet"))
                };
                (self.sheets.iter().find(of_cells), "1".to_owned())
            }
            SheetChoice::At(place) => {
                let index = usize::try_from(*place).ok().and_then(|place| place.checked_sub(1));
                (index.and_then(|index| self.sheets.get(index)), place.to_string())
            }
            SheetChoice::Named(name) => {
                let wanted = name.trim().to_lowercase();
                let same = |sheet: &&Listed| sheet.name.trim().to_lowercase() == wanted;
                (self.sheets.iter().find(same), format!("\"{name}\""))
            }
        };
        found.ok_or(FileError::SheetMissing { sheet })
    }

    /// The cells of a sheet; a sheet of another kind, such as a chart, has none.
    pub(super) fn sheet(&self, archive: &mut Archive, sheet: &Listed) -> Result<Xml, FileError> {
        let cells = self.relation(&sheet.relation).filter(|part| part.is("worksheet"));
        let path = cells.map(|part| part.path.as_str());
        let path = path.ok_or_else(|| FileError::SheetMissing { sheet: sheet.name.clone() })?;
        part(archive, path)?.ok_or(FileError::WorkbookDamaged)
    }

    /// The workbook's only part of this kind, if it lists one.
    pub(super) fn kind(&self, archive: &mut Archive, kind: &str) -> Result<Option<Xml>, FileError> {
        match self.relations.iter().find(|part| part.is(kind)) {
            Some(found) => part(archive, &found.path)?.ok_or(FileError::WorkbookDamaged).map(Some),
            None => Ok(None),
        }
    }

    fn relation(&self, id: &str) -> Option<&Relation> {
        self.relations.iter().find(|part| part.id == id)
    }
}

impl Relation {
    /// The two editions of the standard differ before the last slash only.
    fn is(&self, kind: &str) -> bool {
        self.kind.rsplit('/').next() == Some(kind)
    }
}

fn part(archive: &mut Archive, path: &str) -> Result<Option<Xml>, FileError> {
    Ok(archive.named(path)?.map(Xml::new))
}

/// The relations that `path` lists; their targets start at `folder`, or at the root.
fn relations(archive: &mut Archive, path: &str, folder: &str) -> Result<Vec<Relation>, FileError> {
    let mut found = Vec::new();
    let mut xml = part(archive, path)?.ok_or(FileError::WorkbookDamaged)?;
    loop {
        match xml.next()? {
            Event::Start(element) | Event::Empty(element)
                if element.local_name().as_ref() == b"Relationship" =>
            {
                let id = attribute(&element, "Id")?.unwrap_or_default();
                let kind = attribute(&element, "Type")?.unwrap_or_default();
                let target = attribute(&element, "Target")?.unwrap_or_default();
                let path = match target.strip_prefix('/') {
                    Some(absolute) => absolute.to_owned(),
                    None => format!("{folder}{target}"),
                };
                if found.len() < MAX_ENTRIES {
                    found.push(Relation { id, kind, path });
                }
            }
            Event::Eof => return Ok(found),
            _ => {}
        }
    }
}
