//! Files whose columns are not those of the file before.

use serde_json::{Value, json};

use crate::scene::{Scene, code, outcome};

const ROWS: &str = "SELECT concat_ws('|', code, extra) FROM customer WHERE tenant_id = $1 AND active ORDER BY code";
const EVENTS: &str = "SELECT payload::text FROM outbox
                      WHERE tenant_id = $1 AND type = 'schema.changed' ORDER BY sequence";
const BEFORE: &[u8] = b"code,name,note\nK1,One,a\n";
const AFTER: &[u8] = b"code,name,vip\nK1,One,\nK2,Two,yes\n";

/// A tenant whose first file has been loaded and whose second one has other columns.
async fn scene(policy: &str) -> Scene {
    let format = json!({ "on_schema_change": policy, "max_rejected_percent": 50 });
    let scene = Scene::with_format(format).await;
    let alpha = scene.alpha();
    scene.server.put("customers.csv", BEFORE).unwrap();
    let step = scene.run(&alpha, "load_customers").await;
    assert_eq!(outcome(&step, &["loaded", "rejected"]), [1, 0], "the first file sets the columns");
    assert_eq!(scene.texts(&alpha, EVENTS).await, Vec::<String>::new());
    scene.server.put("customers.csv", AFTER).unwrap();
    scene
}

async fn events(scene: &Scene) -> Vec<Value> {
    let texts = scene.texts(&scene.alpha(), EVENTS).await;
    texts.iter().map(|text| serde_json::from_str(text).unwrap()).collect()
}

fn told(policy: &str, loaded: bool) -> Value {
    json!({
        "feed": "customers", "path": "./customers.csv", "policy": policy, "loaded": loaded,
        "added": ["vip"], "removed": ["note"],
    })
}

#[tokio::test]
async fn new_columns_are_kept_when_the_schema_may_evolve() {
    let scene = scene("evolve").await;
    let alpha = scene.alpha();
    scene.run(&alpha, "load_customers").await;
    assert_eq!(scene.texts(&alpha, ROWS).await, ["K1|{}", r#"K2|{"vip": "yes"}"#]);
    assert_eq!(events(&scene).await, [told("evolve", true)]);

    // The new columns are the usual ones from now on.
    scene.server.put("customers.csv", b"code,name,vip\nK3,Three,no\n").unwrap();
    scene.run(&alpha, "load_customers").await;
    assert_eq!(scene.texts(&alpha, ROWS).await, [r#"K3|{"vip": "no"}"#]);
    assert_eq!(events(&scene).await.len(), 1);
}

#[tokio::test]
async fn a_frozen_schema_refuses_the_file_and_tells_it_once() {
    let scene = scene("freeze").await;
    let alpha = scene.alpha();
    for _ in 0..2 {
        let step = scene.run(&alpha, "load_customers").await;
        assert_eq!((step.state.as_str(), code(&step)), ("failed", "file_malformed"));
        let message = &step.exceptions[0].message;
        assert!(message.contains("added: vip; removed: note"), "{message}");
    }
    assert_eq!(scene.texts(&alpha, ROWS).await, [r#"K1|{}"#]);
    assert_eq!(events(&scene).await, [told("freeze", false)]);
    let ledger = "SELECT concat_ws(' ', state, reason) FROM source_file
                  WHERE tenant_id = $1 ORDER BY source_file_id";
    assert_eq!(scene.texts(&alpha, ledger).await, ["loaded", "failed schema_changed"]);

    // Once it may evolve, the same file is read again, and frozen in its new form.
    scene.connect(&alpha, json!({ "on_schema_change": "evolve" })).await;
    scene.run(&alpha, "load_customers").await;
    scene.connect(&alpha, json!({ "on_schema_change": "freeze" })).await;
    // Of another size than the first file, which may be of the same second.
    scene.server.put("customers.csv", b"vip,name,code\nno,Second,K2\n").unwrap();
    scene.run(&alpha, "load_customers").await;
    assert_eq!(scene.texts(&alpha, ROWS).await, ["K2|{}"]);
}

#[tokio::test]
async fn values_of_new_columns_are_left_out() {
    let scene = scene("discard_value").await;
    let alpha = scene.alpha();
    let step = scene.run(&alpha, "load_customers").await;
    assert_eq!(outcome(&step, &["loaded", "rejected"]), [2, 0]);
    assert_eq!(scene.texts(&alpha, ROWS).await, ["K1|{}", "K2|{}"]);
    assert_eq!(events(&scene).await, [told("discard_value", true)]);
}

#[tokio::test]
async fn rows_with_a_value_in_a_new_column_are_left_out() {
    let scene = scene("discard_row").await;
    let alpha = scene.alpha();
    let step = scene.run(&alpha, "load_customers").await;
    assert_eq!(outcome(&step, &["loaded", "rejected"]), [1, 1]);
    assert_eq!(scene.texts(&alpha, ROWS).await, ["K1|{}"]);
    let rejects = "SELECT concat_ws('|', line, reason, raw) FROM reject WHERE tenant_id = $1";
    assert_eq!(scene.texts(&alpha, rejects).await, ["3|unknown_column|K2,Two,yes"]);
    assert_eq!(events(&scene).await, [told("discard_row", true)]);

    // The columns that count are still the first ones.
    scene.server.put("customers.csv", b"code,name,vip\nK1,One,\nK2,Two,no\n").unwrap();
    let step = scene.run(&alpha, "load_customers").await;
    assert_eq!(outcome(&step, &["loaded", "rejected"]), [1, 1]);
    assert_eq!(events(&scene).await.len(), 1, "nothing changed since");
}

/// Loads the first file, then the second one, and answers the second step's numbers, the rows and the columns that were told.
async fn two(format: Value, first: &[u8], second: &[u8]) -> (Vec<u64>, Vec<String>, Vec<Value>) {
    let scene = Scene::with_format(format).await;
    let alpha = scene.alpha();
    scene.server.put("customers.csv", first).unwrap();
    let step = scene.run(&alpha, "load_customers").await;
    assert_eq!(outcome(&step, &["rejected"]), [0]);
    scene.server.put("customers.csv", second).unwrap();
    let step = scene.run(&alpha, "load_customers").await;
    let numbers = if step.state.as_str() == "failed" {
        assert_eq!(code(&step), "file_malformed");
        Vec::new()
    } else {
        outcome(&step, &["loaded", "rejected"])
    };
    let told = events(&scene).await;
    let told = told.iter().map(|event| json!([event["added"], event["removed"]])).collect();
    (numbers, scene.texts(&alpha, ROWS).await, told)
}

#[tokio::test]
async fn keys_of_json_lines_are_held_against_those_before() {
    let first = b"{\"code\":\"K1\",\"name\":\"One\",\"note\":\"a\"}\n";
    // The note is left out, which is no change; on the first line a new key has no value.
    let second = b"{\"code\":\"K1\",\"name\":\"One\",\"VIP\":null}\n\
                   {\"code\":\"K2\",\"name\":\"Two\",\"vip\":true}\n";
    let same = b"{\"name\":\"One\",\"code\":\"K1\"}\n";
    let format = |policy: &str| json!({ "form": "json_lines", "on_schema_change": policy, "max_rejected_percent": 50 });
    let (k1, told) = ("K1|{}".to_owned(), vec![json!([["vip"], []])]);
    for (policy, numbers, rows) in [
        ("evolve", vec![2, 0], vec![k1.clone(), r#"K2|{"vip": "true"}"#.to_owned()]),
        ("discard_value", vec![2, 0], vec![k1.clone(), "K2|{}".to_owned()]),
        ("discard_row", vec![1, 1], vec![k1.clone()]),
        ("freeze", vec![], vec![k1.clone()]),
    ] {
        let found = two(format(policy), first, second).await;
        assert_eq!(found, (numbers, rows, told.clone()), "{policy}");
    }
    let unchanged = two(format("freeze"), first, same).await;
    assert_eq!(unchanged, (vec![1, 0], vec![k1], vec![]), "keys may be left out");
}

#[tokio::test]
async fn files_without_a_header_are_compared_by_the_number_of_columns() {
    let format = |policy: &str| {
        json!({
            "header": false, "columns": { "code": 1, "name": 2 }, "on_schema_change": policy,
            "max_rejected_percent": 50,
        })
    };
    let (first, second) = (b"K1,One\n", b"K1,One,\nK2,Two,yes\n");
    let (k1, told) = ("K1|{}".to_owned(), vec![json!([["3"], []])]);
    for (policy, numbers, rows) in [
        ("evolve", vec![2, 0], vec![k1.clone(), r#"K2|{"3": "yes"}"#.to_owned()]),
        ("discard_value", vec![2, 0], vec![k1.clone(), "K2|{}".to_owned()]),
        ("discard_row", vec![1, 1], vec![k1.clone()]),
        ("freeze", vec![], vec![k1.clone()]),
    ] {
        let found = two(format(policy), first, second).await;
        assert_eq!(found, (numbers, rows, told.clone()), "{policy}");
    }
    let fewer = two(format("freeze"), second, first).await;
    assert_eq!((fewer.0, fewer.2), (vec![], vec![json!([[], ["3"]])]));
}
