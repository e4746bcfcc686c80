//! What to do with each cell of a row, made once per table from its schema: everything not named here is skipped unread.

use super::items::AMOUNTS;
use super::json;
use crate::domain::wire::{Column, ColumnType, Schema};

/// Scalar columns an event is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub(super) enum Slot {
    EventDate,
    EventTimestamp,
    EventName,
    BundleSequenceId,
    UserId,
    UserPseudoId,
    StreamId,
    Platform,
    IsActiveUser,
    BatchPageId,
    BatchOrderingId,
    BatchEventIndex,
    DeviceCategory,
    WebHostname,
    EventHostname,
    Country,
    City,
    FirstSource,
    FirstMedium,
    FirstCampaign,
    CollectedSource,
    CollectedMedium,
    CollectedCampaign,
    ManualSource,
    ManualMedium,
    ManualCampaign,
    SessionSource,
    SessionMedium,
    SessionCampaign,
}

pub(super) const SLOTS: usize = Slot::SessionCampaign as usize + 1;

const CAMPAIGN: &str = "session_traffic_source_last_click";

fn slot_of(path: &str) -> Option<Slot> {
    if let Some(rest) = path.strip_prefix(CAMPAIGN) {
        return Some(match rest {
            ".manual_campaign.source" => Slot::ManualSource,
            ".manual_campaign.medium" => Slot::ManualMedium,
            ".manual_campaign.campaign_name" => Slot::ManualCampaign,
            ".cross_channel_campaign.source" => Slot::SessionSource,
            ".cross_channel_campaign.medium" => Slot::SessionMedium,
            ".cross_channel_campaign.campaign_name" => Slot::SessionCampaign,
            _ => return None,
        });
    }
    Some(match path {
        "event_date" => Slot::EventDate,
        "event_timestamp" => Slot::EventTimestamp,
        "event_name" => Slot::EventName,
        "event_bundle_sequence_id" => Slot::BundleSequenceId,
        "user_id" => Slot::UserId,
        "user_pseudo_id" => Slot::UserPseudoId,
        "stream_id" => Slot::StreamId,
        "platform" => Slot::Platform,
        "is_active_user" => Slot::IsActiveUser,
        "batch_page_id" => Slot::BatchPageId,
        "batch_ordering_id" => Slot::BatchOrderingId,
        "batch_event_index" => Slot::BatchEventIndex,
        "device.category" => Slot::DeviceCategory,
        "device.web_info.hostname" => Slot::WebHostname,
        "event_dimensions.hostname" => Slot::EventHostname,
        "geo.country" => Slot::Country,
        "geo.city" => Slot::City,
        "traffic_source.source" => Slot::FirstSource,
        "traffic_source.medium" => Slot::FirstMedium,
        "traffic_source.name" => Slot::FirstCampaign,
        "collected_traffic_source.manual_source" => Slot::CollectedSource,
        "collected_traffic_source.manual_medium" => Slot::CollectedMedium,
        "collected_traffic_source.manual_campaign_name" => Slot::CollectedCampaign,
        _ => return None,
    })
}

#[derive(Debug)]
pub(super) enum Node {
    Skip,
    Scalar(Slot),
    /// A scalar of unknown type.
    Raw(Slot),
    Record(Vec<Node>),
    Params(ParamPlan),
    UserProperties(ParamPlan),
    Ecommerce(NamedPlan),
    Items(NamedPlan),
}

/// Positions of a param's parts.
#[derive(Debug)]
pub(super) struct ParamPlan {
    pub parts: Vec<ParamPart>,
}

#[derive(Debug)]
pub(super) enum ParamPart {
    Skip,
    Key,
    Value(Vec<ValuePart>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValuePart {
    Skip,
    String,
    Int,
    Float,
    Double,
}

/// A record whose fields are kept by name, sorted, so that the order of columns in the export changes nothing.
#[derive(Debug)]
pub(super) struct NamedPlan {
    pub fields: Vec<NamedField>,
    /// Sorted; a field's `rank` points here.
    pub names: Vec<String>,
    /// Positions of the fields in the order in which their names are written.
    pub sorted: Vec<usize>,
    /// Ranks of an item's amounts, in the order of [`super::items::AMOUNTS`].
    pub amounts: [Option<usize>; 2],
}

#[derive(Debug)]
pub(super) enum NamedField {
    Skip,
    Scalar { rank: usize, json: JsonKind },
    Raw { rank: usize },
    Params { rank: usize, plan: ParamPlan },
}

/// How a scalar is written in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum JsonKind {
    Text,
    Number,
    Boolean,
}

#[derive(Debug)]
pub(super) struct Plan {
    pub columns: Vec<Node>,
    pub ecommerce: Vec<String>,
    pub items: usize,
    pub has_transaction_id: bool,
    pub has_revenue: bool,
    pub has_refund: bool,
}

impl Plan {
    pub fn new(schema: &Schema) -> Self {
        let columns = nodes(&schema.columns, "");
        let ecommerce = columns.iter().find_map(|node| match node {
            Node::Ecommerce(plan) => Some(plan.names.clone()),
            _ => None,
        });
        let items = columns.iter().find_map(|node| match node {
            Node::Items(plan) => Some(plan.names.len()),
            _ => None,
        });
        let ecommerce = ecommerce.unwrap_or_default();
        let has = |name: &str| ecommerce.binary_search_by(|field| field.as_str().cmp(name)).is_ok();
        let (has_transaction_id, has_revenue, has_refund) =
            (has("transaction_id"), has("purchase_revenue"), has("refund_value"));
        Self {
            columns,
            ecommerce,
            items: items.unwrap_or_default(),
            has_transaction_id,
            has_revenue,
            has_refund,
        }
    }

    /// The first column without which no event can be made.
    pub fn missing(&self) -> Option<&'static str> {
        [
            (Slot::EventDate, "event_date"),
            (Slot::EventTimestamp, "event_timestamp"),
            (Slot::EventName, "event_name"),
        ]
        .into_iter()
        .find(|(slot, _)| {
            !self
                .columns
                .iter()
                .any(|node| matches!(node, Node::Scalar(s) | Node::Raw(s) if s == slot))
        })
        .map(|(_, name)| name)
    }

    pub fn ecommerce_rank(&self, name: &str) -> Option<usize> {
        self.ecommerce.binary_search_by(|field| field.as_str().cmp(name)).ok()
    }
}

/// The columns an event needs, in the table's order, and their `selectedFields` list: the warehouse then leaves the rest out of
/// its answers.
pub(super) fn selection(schema: &Schema) -> (Schema, String) {
    let mut paths = Vec::new();
    let columns = select(&schema.columns, "", &mut paths);
    (Schema { columns }, paths.join(","))
}

fn select(columns: &[Column], prefix: &str, paths: &mut Vec<String>) -> Vec<Column> {
    let mut selected = Vec::new();
    for column in columns {
        let path = format!("{prefix}{}", column.name);
        match node(column, &path) {
            Node::Skip => {}
            Node::Record(_) => {
                let fields = select(&column.fields, &format!("{path}."), paths);
                selected.push(Column { fields, ..column.clone() });
            }
            _ => {
                selected.push(column.clone());
                paths.push(path);
            }
        }
    }
    selected
}

fn nodes(columns: &[Column], prefix: &str) -> Vec<Node> {
    columns.iter().map(|column| node(column, &format!("{prefix}{}", column.name))).collect()
}

fn node(column: &Column, path: &str) -> Node {
    let record = column.kind == ColumnType::Record;
    match path {
        "event_params" if record && column.repeated() => Node::Params(param_plan(column)),
        "user_properties" if record && column.repeated() => {
            Node::UserProperties(param_plan(column))
        }
        "items" if record && column.repeated() => Node::Items(named_plan(column)),
        "ecommerce" if column.single_record() => Node::Ecommerce(named_plan(column)),
        _ if column.single_record() => {
            let inner = nodes(&column.fields, &format!("{path}."));
            if inner.iter().all(|node| matches!(node, Node::Skip)) {
                Node::Skip
            } else {
                Node::Record(inner)
            }
        }
        _ if record || column.repeated() => Node::Skip,
        _ => match (slot_of(path), &column.kind) {
            (None, _) => Node::Skip,
            (Some(slot), ColumnType::Other(_)) => Node::Raw(slot),
            (Some(slot), _) => Node::Scalar(slot),
        },
    }
}

fn param_plan(column: &Column) -> ParamPlan {
    let part = |field: &Column| match field.name.as_str() {
        "key" if field.kind != ColumnType::Record && !field.repeated() => ParamPart::Key,
        "value" if field.single_record() => {
            ParamPart::Value(field.fields.iter().map(value_part).collect())
        }
        _ => ParamPart::Skip,
    };
    ParamPlan { parts: column.fields.iter().map(part).collect() }
}

fn value_part(field: &Column) -> ValuePart {
    if field.kind == ColumnType::Record || field.repeated() {
        return ValuePart::Skip;
    }
    match field.name.as_str() {
        "string_value" => ValuePart::String,
        "int_value" => ValuePart::Int,
        "float_value" => ValuePart::Float,
        "double_value" => ValuePart::Double,
        _ => ValuePart::Skip,
    }
}

fn named_plan(column: &Column) -> NamedPlan {
    let mut names: Vec<String> = column.fields.iter().map(|field| field.name.clone()).collect();
    names.sort_unstable();
    let field = |field: &Column| {
        // Every name is in the list it was sorted from.
        let rank = names.partition_point(|name| name < &field.name);
        match &field.kind {
            ColumnType::Record if field.repeated() && field.name == "item_params" => {
                NamedField::Params { rank, plan: param_plan(field) }
            }
            ColumnType::Record => NamedField::Skip,
            _ if field.repeated() => NamedField::Skip,
            ColumnType::Other(_) => NamedField::Raw { rank },
            kind => NamedField::Scalar { rank, json: json_kind(kind) },
        }
    };
    let fields: Vec<NamedField> = column.fields.iter().map(field).collect();
    let mut sorted: Vec<usize> = (0..fields.len()).collect();
    sorted.sort_unstable_by(|&left, &right| {
        json::key_order(&column.fields[left].name, &column.fields[right].name)
    });
    let rank = |(field, _): (&str, &str)| names.binary_search_by(|name| name.as_str().cmp(field));
    let amounts = AMOUNTS.map(|amount| rank(amount).ok());
    NamedPlan { fields, names, sorted, amounts }
}

fn json_kind(kind: &ColumnType) -> JsonKind {
    match kind {
        ColumnType::Integer | ColumnType::Float | ColumnType::Numeric | ColumnType::BigNumeric => {
            JsonKind::Number
        }
        ColumnType::Boolean => JsonKind::Boolean,
        _ => JsonKind::Text,
    }
}
