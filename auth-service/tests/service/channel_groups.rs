//! Names for kinds of traffic, as a tenant may configure them.

use poem::http::StatusCode;
use serde_json::json;

use crate::configuration::{admin_of, patch};
use crate::support::{json as body, service_without_provider};

#[tokio::test]
async fn a_bad_channel_group_is_refused_with_its_place() {
    let service = service_without_provider().await;
    let person = admin_of(&service, &service.test_db.alpha(), "a").await;
    let good = json!({"name": "Partners", "source": "partner.example", "medium": "referral"});
    for (group, pointer, code) in [
        (json!({"name": "Partners"}), "/channel_groups/1", "required"),
        (json!({"source": "partner.example"}), "/channel_groups/1/name", "required"),
        (json!({"name": "", "source": "x"}), "/channel_groups/1/name", "text"),
        (json!({"name": "P", "medium": "m".repeat(1_000)}), "/channel_groups/1/medium", "text"),
        (json!({"name": "P", "campaign": 7}), "/channel_groups/1/campaign", "malformed"),
        (
            json!({"name": "P", "source": "x", "colour": "red"}),
            "/channel_groups/1/colour",
            "unknown_field",
        ),
        (json!("Partners"), "/channel_groups/1", "malformed"),
    ] {
        let change = json!({"channel_groups": [good, group]});
        let answer = patch(&service, &person, Some("\"v1\""), change).await;
        assert_eq!(answer.0.status(), StatusCode::UNPROCESSABLE_ENTITY, "{group}");
        let problem = body(answer).await;
        let fault = &problem["errors"][0];
        assert_eq!(
            (&fault["pointer"], &fault["code"]),
            (&json!(pointer), &json!(code)),
            "{problem}"
        );
    }
    let many = vec![good.clone(); 101];
    let answer = patch(&service, &person, Some("\"v1\""), json!({"channel_groups": many})).await;
    assert_eq!(body(answer).await["errors"][0]["pointer"], "/channel_groups");
    let accepted =
        patch(&service, &person, Some("\"v1\""), json!({"channel_groups": [good]})).await;
    assert_eq!(body(accepted).await["channel_groups"][0]["name"], "Partners");
}
