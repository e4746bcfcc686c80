//! The text of a query: the fields an event needs, each record made again of those inside it, in the table's own order.

use super::super::error::WarehouseError;
use super::super::pages::PageRequest;

/// The column that holds a row's day, and the parameter it is compared with.
pub(super) const DAY: &str = "event_date";

/// A column, or a record with the fields wanted of it.
#[derive(Debug)]
struct Field<'a> {
    name: &'a str,
    fields: Vec<Field<'a>>,
}

pub(super) fn query(project: &str, request: &PageRequest) -> Result<String, WarehouseError> {
    let selected = match &request.selected_fields {
        None => "*".to_owned(),
        Some(paths) => {
            let mut columns = Vec::new();
            for path in paths.split(',') {
                add(&mut columns, path);
            }
            list(&columns, "")?
        }
    };
    let [project, dataset, table] =
        [quoted(project)?, quoted(&request.dataset)?, quoted(&request.table)?];
    let mut text = format!("SELECT {selected} FROM {project}.{dataset}.{table}");
    if request.day.is_some() {
        text.push_str(&format!(" WHERE `{DAY}` = @{DAY}"));
    }
    Ok(text)
}

/// Paths of one record stand together, as in the table.
fn add<'a>(fields: &mut Vec<Field<'a>>, path: &'a str) {
    let (name, rest) = path.split_once('.').unwrap_or((path, ""));
    if fields.last().is_none_or(|last| last.name != name) {
        fields.push(Field { name, fields: Vec::new() });
    }
    if let (Some(last), false) = (fields.last_mut(), rest.is_empty()) {
        add(&mut last.fields, rest);
    }
}

fn list(fields: &[Field<'_>], prefix: &str) -> Result<String, WarehouseError> {
    let mut texts = Vec::with_capacity(fields.len());
    for field in fields {
        let name = quoted(field.name)?;
        let path = format!("{prefix}{name}");
        texts.push(match (field.fields.as_slice(), prefix) {
            ([], "") => path,
            ([], _) => format!("{path} AS {name}"),
            (fields, _) => format!("STRUCT({}) AS {name}", list(fields, &format!("{path}."))?),
        });
    }
    Ok(texts.join(", "))
}

/// A name that says nothing but a name.
fn quoted(name: &str) -> Result<String, WarehouseError> {
    if name.is_empty() || name.contains(['`', '\\', '\n', '\r']) {
        let detail = format!("{name:?} cannot stand in a query");
        return Err(WarehouseError::configuration(
            "invalidName",
            "A name in the BigQuery connection or its tables cannot be used.",
            detail,
        ));
    }
    Ok(format!("`{name}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(fields: Option<&str>) -> Result<String, WarehouseError> {
        let request = PageRequest {
            dataset: "d".to_owned(),
            table: "t".to_owned(),
            selected_fields: fields.map(str::to_owned),
            ..PageRequest::default()
        };
        query("my-shop", &request)
    }

    #[test]
    fn records_are_made_of_the_fields_that_are_wanted() {
        let fields = "event_date,device.category,device.web_info.hostname,geo.city,items";
        assert_eq!(
            text(Some(fields)).unwrap(),
            "SELECT `event_date`, STRUCT(`device`.`category` AS `category`, \
             STRUCT(`device`.`web_info`.`hostname` AS `hostname`) AS `web_info`) AS `device`, \
             STRUCT(`geo`.`city` AS `city`) AS `geo`, `items` FROM `my-shop`.`d`.`t`"
        );
        assert_eq!(text(None).unwrap(), "SELECT * FROM `my-shop`.`d`.`t`");
    }

    #[test]
    fn a_name_cannot_end_its_quotes() {
        for name in ["a` FROM x; --", "a\\", "", "a\nb"] {
            assert_eq!(text(Some(name)).unwrap_err().reason, "invalidName", "{name:?}");
        }
    }
}
