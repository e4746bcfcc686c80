//! The one place that decides what a command does to an item.

use super::{ActionItem, Command, Event};

/// The events that follow; none when there is nothing to do.
#[must_use]
pub fn apply(item: Option<&ActionItem>, command: &Command) -> Vec<Event> {
    match (item, command) {
        (None, Command::CreateIfAbsent(new)) => vec![Event::Created(new.clone())],
        (Some(item), Command::SkipUnlessStarted { note }) if item.status.not_started() => {
            vec![Event::Skipped { note: note.clone() }]
        }
        (Some(_), Command::CreateIfAbsent(_)) | (_, Command::SkipUnlessStarted { .. }) => {
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::{ContactReference, Kind, NewItem, Recorded, Status, replayed};
    use super::*;

    fn new_item(title: &str) -> NewItem {
        NewItem {
            kind: Kind::AbandonedCart,
            natural_key: "1/a".to_owned(),
            property_id: Some(1),
            title: title.to_owned(),
            location: "B1".to_owned(),
            contact: ContactReference::default(),
            evidence: json!({}),
        }
    }

    fn commands() -> impl Strategy<Value = Vec<Command>> {
        let create = "[a-c]".prop_map(|title| Command::CreateIfAbsent(new_item(&title)));
        let skip = "[a-c]".prop_map(|note| Command::SkipUnlessStarted { note });
        prop::collection::vec(prop_oneof![create, skip], 0..12)
    }

    /// Does one command after the other, and writes down what happens.
    fn history(commands: &[Command]) -> Vec<Recorded> {
        let mut history = Vec::new();
        for command in commands {
            for event in apply(replayed(&history).as_ref(), command) {
                let version = i32::try_from(history.len()).unwrap() + 1;
                let at = DateTime::UNIX_EPOCH + TimeDelta::days(version.into());
                history.push(Recorded { version, at, event });
            }
        }
        history
    }

    #[test]
    fn a_cause_that_is_gone_skips_an_item_that_nobody_began() {
        let skip = Command::SkipUnlessStarted { note: "bought".to_owned() };
        assert_eq!(apply(None, &skip), []);
        let made = replayed(&history(&[Command::CreateIfAbsent(new_item("a"))])).unwrap();
        for status in Status::ALL {
            let item = ActionItem { status, ..made.clone() };
            let skipped = !apply(Some(&item), &skip).is_empty();
            let expected = matches!(status, Status::Draft | Status::Incomplete);
            assert_eq!(skipped, expected, "{status:?}");
        }
    }

    #[test]
    fn an_item_that_was_skipped_is_not_made_again() {
        let create = Command::CreateIfAbsent(new_item("a"));
        let skip = Command::SkipUnlessStarted { note: "bought".to_owned() };
        let history = history(&[create.clone(), skip, create]);
        let item = replayed(&history).unwrap();
        assert_eq!((history.len(), item.status, item.version), (2, Status::Skipped, 2));
        assert_eq!(item.note.as_deref(), Some("bought"));
        assert_eq!(item.closed_at, Some(history[1].at));
        assert_eq!((item.created_at, item.updated_at), (history[0].at, history[1].at));
    }

    proptest! {
        #[test]
        fn the_same_command_twice_does_what_it_does_once(commands in commands()) {
            let twice: Vec<Command> =
                commands.iter().flat_map(|command| [command.clone(), command.clone()]).collect();
            prop_assert_eq!(history(&commands), history(&twice));
        }

        #[test]
        fn the_same_commands_lead_to_the_same_item(commands in commands()) {
            let (one, other) = (history(&commands), history(&commands));
            prop_assert_eq!(&one, &other);
            prop_assert_eq!(replayed(&one), replayed(&other));
        }

        #[test]
        fn a_history_begins_once_and_its_versions_count_its_events(commands in commands()) {
            let history = history(&commands);
            for (at, recorded) in history.iter().enumerate() {
                prop_assert_eq!(recorded.version, i32::try_from(at).unwrap() + 1);
                prop_assert_eq!(matches!(recorded.event, Event::Created(_)), at == 0);
            }
            let version = replayed(&history).map_or(0, |item| item.version);
            prop_assert_eq!(usize::try_from(version).unwrap(), history.len());
        }
    }
}
