//! Tenant configuration: versions, merge patches, sealed secrets.

use crate::support::{ORIGIN, Person, Service, header, json as body, service_without_provider};
use common::db::sql;
use common::kernel::TenantScope;
use common::tenant_config::{TenantConfig, TenantConfigError};
use poem::http::StatusCode;
use poem::test::TestResponse;
use serde_json::{Value, json};

const PATH: &str = "/auth/v1/tenant/configuration";
const CANARY: &str = testkit::canary::MARKER;

pub async fn admin_of(service: &Service, scope: &TenantScope, subject: &str) -> Person {
    let person = service.person(subject).await;
    service.member(scope, &person, "admin").await;
    service.settings(scope).await;
    person
}

pub async fn patch(
    service: &Service,
    person: &Person,
    tag: Option<&str>,
    change: Value,
) -> TestResponse {
    let mut request = service
        .client
        .patch(PATH)
        .header("Cookie", &person.cookie)
        .header("Origin", ORIGIN)
        .content_type("application/merge-patch+json");
    if let Some(tag) = tag {
        request = request.header("If-Match", tag);
    }
    request.body(change.to_string()).send().await
}

fn format_of_customers(format: Value) -> Value {
    json!({"connections": {"sftp": {
        "host": "files.example.com", "user": "u", "formats": {"customers": format},
    }}})
}

fn paths(paths: Value) -> Value {
    json!({"connections": {"sftp": {"host": "files.example.com", "user": "u", "paths": paths}}})
}

#[tokio::test]
async fn where_files_lie_is_read_back_as_it_was_given() {
    let service = service_without_provider().await;
    let person = admin_of(&service, &service.test_db.alpha(), "a").await;
    let given = json!({"customers": "out/2026/customers_*.csv", "locations": "./Filialen 1?.xlsx"});
    let answer = patch(&service, &person, Some("\"v1\""), paths(given.clone())).await;
    answer.assert_status_is_ok();
    assert_eq!(body(answer).await["connections"]["sftp"]["paths"], given);
}

#[tokio::test]
async fn how_files_are_written_is_read_back_and_changed_in_parts() {
    let service = service_without_provider().await;
    let person = admin_of(&service, &service.test_db.alpha(), "a").await;
    let read = async |answer: TestResponse| {
        answer.assert_status_is_ok();
        let mut configuration = body(answer).await;
        configuration["connections"]["sftp"]["formats"].take()
    };
    let format = json!({"delimiter": ";", "quote": "", "columns": {"code": 3, "name": "Firma"}});
    let changed = patch(&service, &person, Some("*"), format_of_customers(format)).await;
    let formats = read(changed).await;
    let customers = &formats["customers"];
    assert_eq!(customers["columns"], json!({"code": 3, "name": "Firma"}));
    assert_eq!((&customers["delimiter"], &customers["quote"]), (&json!(";"), &json!("")));
    assert_eq!(customers["encoding"], "utf-8", "what was not said has its default");
    assert_eq!(formats["locations"]["delimiter"], ",");

    // What was read is taken back as it is, and one column is taken out.
    let mut again = formats.clone();
    again["customers"]["columns"]["name"] = Value::Null;
    let again = json!({"connections": {"sftp": {"formats": again}}});
    let formats = read(patch(&service, &person, Some("*"), again).await).await;
    assert_eq!(formats["customers"]["columns"], json!({"code": 3}));
    assert_eq!(formats["customers"]["quote"], "");
    assert_eq!(read(service.get(PATH, &person.cookie).send().await).await, formats);
}

#[tokio::test]
async fn a_change_needs_the_version_that_was_read() {
    let service = service_without_provider().await;
    let person = admin_of(&service, &service.test_db.alpha(), "a").await;
    let read = service.get(PATH, &person.cookie).send().await;
    read.assert_status_is_ok();
    assert_eq!(header(&read, "etag"), "\"v1\"");
    assert_eq!(body(read).await["thresholds"]["abandon_window_hours"], 24);

    let change = json!({"thresholds": {"abandon_window_hours": 48}});
    let without = patch(&service, &person, None, change.clone()).await;
    without.assert_status(StatusCode::PRECONDITION_REQUIRED);
    let stale = patch(&service, &person, Some("\"v0\""), change.clone()).await;
    stale.assert_status(StatusCode::PRECONDITION_FAILED);
    let changed = patch(&service, &person, Some("\"v1\""), change.clone()).await;
    changed.assert_status_is_ok();
    assert_eq!(header(&changed, "etag"), "\"v2\"");
    let now = body(changed).await;
    assert_eq!(now["thresholds"]["abandon_window_hours"], 48);
    assert_eq!(now["thresholds"]["cart_grace_minutes"], 60, "an absent field keeps");
    // The same again changes nothing and makes no version.
    let same = patch(&service, &person, Some("\"v2\""), change).await;
    assert_eq!(header(&same, "etag"), "\"v2\"");
    // null clears: the default shows again.
    let cleared = patch(&service, &person, Some("\"v2\""), json!({"thresholds": null})).await;
    assert_eq!(body(cleared).await["thresholds"]["abandon_window_hours"], 24);
}

#[tokio::test]
async fn what_is_not_acceptable_is_named_and_changes_nothing() {
    let service = service_without_provider().await;
    let person = admin_of(&service, &service.test_db.alpha(), "a").await;
    let key = |token_uri: &str| {
        json!({
            "client_email": "reader@shop-analytics.iam.gserviceaccount.com",
            "private_key": "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n",
            "token_uri": token_uri,
        })
    };
    for (change, pointer) in [
        (json!({"time_zone": "Mars/Olympus"}), "/time_zone"),
        (json!({"currency": "ABC"}), "/currency"),
        (json!({"currency": null}), "/currency"),
        (json!({"colour": "red"}), "/colour"),
        (json!({"connections": {"sftp": {"host": "a b", "user": "u"}}}), "/connections/sftp/host"),
        (
            json!({"connections": {"smtp": {"host": "h", "from": "x@y.example", "port": 0}}}),
            "/connections/smtp/port",
        ),
        (
            json!({"connections": {"sftp": {"host": "h", "user": "u", "host_key_fingerprints": ["x"]}}}),
            "/connections/sftp/host_key_fingerprints/0",
        ),
        (
            json!({"connections": {"sftp": {
                "host": "h", "user": "u", "trust_any_host_key": true,
                "host_key_fingerprints": ["SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"],
            }}}),
            "/connections/sftp/trust_any_host_key",
        ),
        (paths(json!({"customers": "/etc/customers.csv"})), "/connections/sftp/paths/customers"),
        (paths(json!({"customers": "out/../../c.csv"})), "/connections/sftp/paths/customers"),
        (paths(json!({"customers": "out/"})), "/connections/sftp/paths/customers"),
        (paths(json!({"locations": "*/locations.csv"})), "/connections/sftp/paths/locations"),
        (paths(json!({"locations": "l\u{1}.csv"})), "/connections/sftp/paths/locations"),
        (paths(json!({"locations": "n".repeat(501)})), "/connections/sftp/paths/locations"),
        (
            json!({"properties": [{"property_id": 7, "dataset": "d", "time_zone": "Mars/Olympus"}]}),
            "/properties/0/time_zone",
        ),
        (
            format_of_customers(json!({"delimiter": ";;"})),
            "/connections/sftp/formats/customers/delimiter",
        ),
        (format_of_customers(json!({"quote": "''"})), "/connections/sftp/formats/customers/quote"),
        (
            format_of_customers(json!({"columns": {"city": "Ort"}})),
            "/connections/sftp/formats/customers/columns/city",
        ),
        (
            format_of_customers(json!({"header": false, "columns": {"code": 1}})),
            "/connections/sftp/formats/customers/columns/name",
        ),
        (
            format_of_customers(json!({"after_loading": "archive"})),
            "/connections/sftp/formats/customers/archive_folder",
        ),
        (
            format_of_customers(json!({"encoding": "ebcdic"})),
            "/connections/sftp/formats/customers/encoding",
        ),
        (
            format_of_customers(json!({"colour": "red"})),
            "/connections/sftp/formats/customers/colour",
        ),
        (json!({"reports": {"branch": "hour"}}), "/reports/branch"),
        (json!({"param_types": {"points": "colour"}}), "/param_types/points"),
        (json!({"param_types": {"": "integer"}}), "/param_types/"),
        (
            json!({"connections": {"bigquery": {
                "project": "shop-analytics", "service_account_key": key("https://evil.example/token"),
            }}}),
            "/connections/bigquery/service_account_key",
        ),
        (
            json!({"connections": {"bigquery": {
                "project": "shop-analytics", "api_base_url": "http://169.254.169.254/",
            }}}),
            "/connections/bigquery/api_base_url",
        ),
        (
            json!({"connections": {"smtp": {"password": {"set": true}}}}),
            "/connections/smtp/password",
        ),
    ] {
        let answer = patch(&service, &person, Some("\"v1\""), change.clone()).await;
        assert_eq!(answer.0.status(), StatusCode::UNPROCESSABLE_ENTITY, "{change}");
        let problem = body(answer).await;
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }
    for malformed in ["null", "[]", "7"] {
        let answer =
            patch(&service, &person, Some("\"v1\""), serde_json::from_str(malformed).unwrap())
                .await;
        assert_eq!(answer.0.status(), StatusCode::UNPROCESSABLE_ENTITY, "{malformed}");
    }
    let read = service.get(PATH, &person.cookie).send().await;
    assert_eq!(header(&read, "etag"), "\"v1\"");
}

#[tokio::test]
async fn trusting_any_file_server_is_said_and_written_down() {
    let service = service_without_provider().await;
    let person = admin_of(&service, &service.test_db.alpha(), "a").await;
    let sftp = |more: Value| {
        let mut settings = json!({"host": "files.example.com", "user": "u"});
        settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"connections": {"sftp": settings}})
    };
    let plain = patch(&service, &person, Some("\"v1\""), sftp(json!({}))).await;
    assert_eq!(body(plain).await["connections"]["sftp"]["trust_any_host_key"], false);
    let trusting = sftp(json!({"trust_any_host_key": true}));
    let shown = body(patch(&service, &person, Some("\"v2\""), trusting).await).await;
    assert_eq!(shown["connections"]["sftp"]["trust_any_host_key"], true);
    let other = sftp(json!({"port": 2222}));
    patch(&service, &person, Some("\"v3\""), other).await.assert_status_is_ok();
    let pinned = sftp(json!({"trust_any_host_key": false}));
    patch(&service, &person, Some("\"v4\""), pinned).await.assert_status_is_ok();

    let db = service.test_db.connect(testkit::db::ServiceLogin::Auth).await;
    let mut tx = db.tenant(&service.test_db.alpha()).await.unwrap();
    let told: Vec<Option<String>> = sql::query_scalar(
        "SELECT detail ->> 'trust_any_host_key' FROM audit_entry
         WHERE action = 'configuration.changed' ORDER BY audit_entry_id",
    )
    .fetch_all(tx.conn())
    .await
    .unwrap();
    let told: Vec<Option<&str>> = told.iter().map(Option::as_deref).collect();
    assert_eq!(told, [None, Some("true"), None, Some("false")]);
}

fn all_connections() -> Value {
    json!({"connections": {
        "bigquery": {
            "project": "shop-analytics", "location": "EU",
            "api_base_url": "http://127.0.0.1:9050",
            "service_account_key": json!({
                "client_email": "reader@shop-analytics.iam.gserviceaccount.com",
                "private_key": format!("-----BEGIN PRIVATE KEY-----\n{CANARY}\n"),
                "token_uri": "http://127.0.0.1:9050/token",
            }).to_string(),
        },
        "sftp": {
            "host": "files.example.com", "user": "footfall", "password": CANARY,
            "private_key": CANARY, "passphrase": CANARY,
            "host_key_fingerprints": ["SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"],
            "paths": {"customers": "customers.csv"},
        },
        "smtp": {"host": "mail.example.com", "tls": "implicit", "port": 465, "user": "u",
                 "password": CANARY, "from": "Shop <reports@example.com>"},
    }})
}

#[tokio::test]
async fn secrets_are_sealed_and_only_ever_read_back_as_set() {
    let service = service_without_provider().await;
    let alpha = service.test_db.alpha();
    let person = admin_of(&service, &alpha, "a").await;
    let changed = patch(&service, &person, Some("\"v1\""), all_connections()).await;
    changed.assert_status_is_ok();
    let shown = body(changed).await;
    assert!(!shown.to_string().contains(CANARY));
    assert_eq!(shown["connections"]["sftp"]["password"]["set"], true);
    assert!(shown["connections"]["sftp"]["password"]["updated_at"].is_string());
    let read = body(service.get(PATH, &person.cookie).send().await).await;
    assert!(!read.to_string().contains(CANARY));

    // The dump of everything the login of auth-service may read has no canary.
    let mut tx = service.db.tenant(&alpha).await.unwrap();
    let dump: String = sql::query_scalar(
        "SELECT coalesce(string_agg(t, ' '), '') FROM (
           SELECT c::text AS t FROM connection c UNION ALL SELECT s::text FROM tenant_setting s
           UNION ALL SELECT a::text FROM audit_entry a) all_rows",
    )
    .fetch_one(tx.conn())
    .await
    .unwrap();
    assert!(dump.contains("files.example.com") && dump.contains("configuration.changed"));
    assert!(!dump.contains(CANARY));
    let config = TenantConfig::load(&mut tx, &service.app.keyring).await.unwrap();
    drop(tx);
    assert_eq!(config.version, 2);
    let sftp = config.connections.sftp.unwrap();
    assert_eq!(sftp.password.unwrap().expose(), CANARY);
    assert_eq!(config.connections.smtp.unwrap().password.unwrap().expose(), CANARY);
    let key = config.connections.bigquery.unwrap().service_account_key.unwrap();
    assert!(key.expose().contains(CANARY));

    // Kept, cleared, removed.
    let change = json!({"connections": {
        "sftp": {"port": 2222, "password": null}, "smtp": null,
    }});
    let now = body(patch(&service, &person, Some("\"v2\""), change).await).await;
    assert_eq!(now["connections"]["sftp"]["port"], 2222);
    assert_eq!(now["connections"]["sftp"]["password"]["set"], false);
    assert_eq!(now["connections"]["sftp"]["private_key"]["set"], true);
    assert!(now["connections"].get("smtp").is_none());
}

#[tokio::test]
async fn a_sealed_secret_moved_elsewhere_does_not_open() {
    let service = service_without_provider().await;
    let (alpha, beta) = (service.test_db.alpha(), service.test_db.beta());
    let person = admin_of(&service, &alpha, "a").await;
    service.settings(&beta).await;
    patch(&service, &person, Some("\"v1\""), all_connections()).await.assert_status_is_ok();

    // Another tenant takes the row over.
    let mut tx = service.db.tenant(&alpha).await.unwrap();
    let (settings, secrets): (Value, Value) =
        sql::query_as("SELECT settings, secrets FROM connection WHERE kind = 'sftp'")
            .fetch_one(tx.conn())
            .await
            .unwrap();
    drop(tx);
    let mut tx = service.db.tenant(&beta).await.unwrap();
    let tenant = tx.tenant();
    sql::query(
        "INSERT INTO connection (tenant_id, kind, settings, secrets) VALUES ($1, 'sftp', $2, $3)",
    )
    .bind(tenant)
    .bind(settings)
    .bind(secrets)
    .execute(tx.conn())
    .await
    .unwrap();
    let moved = TenantConfig::load(&mut tx, &service.app.keyring).await.unwrap_err();
    assert!(matches!(moved, TenantConfigError::Secret { .. }), "{moved}");
    drop(tx);

    // Two fields of the same row change places.
    let mut tx = service.db.tenant(&alpha).await.unwrap();
    sql::query(
        "UPDATE connection SET secrets = secrets || jsonb_build_object('password', secrets->'passphrase')
         WHERE kind = 'sftp'",
    )
    .execute(tx.conn())
    .await
    .unwrap();
    let swapped = TenantConfig::load(&mut tx, &service.app.keyring).await.unwrap_err();
    assert!(matches!(swapped, TenantConfigError::Secret { .. }), "{swapped}");
}

#[tokio::test]
async fn tenants_do_not_see_each_other_and_viewers_see_nothing() {
    let service = service_without_provider().await;
    let (alpha, beta) = (service.test_db.alpha(), service.test_db.beta());
    let of_alpha = admin_of(&service, &alpha, "a").await;
    let of_beta = admin_of(&service, &beta, "b").await;
    patch(&service, &of_alpha, Some("\"v1\""), all_connections()).await.assert_status_is_ok();
    let read = service.get(PATH, &of_beta.cookie).send().await;
    assert_eq!(header(&read, "etag"), "\"v1\"");
    assert_eq!(body(read).await["connections"], json!({}));
    for role in ["viewer", "analyst", "service_account"] {
        let person = service.person(role).await;
        service.member(&alpha, &person, role).await;
        service.get(PATH, &person.cookie).send().await.assert_status(StatusCode::FORBIDDEN);
    }
    service.client.get(PATH).send().await.assert_status(StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_tenant_without_settings_is_told_so() {
    let service = service_without_provider().await;
    let person = service.person("a").await;
    service.member(&service.test_db.alpha(), &person, "owner").await;
    let read = service.get(PATH, &person.cookie).send().await;
    read.assert_status(StatusCode::NOT_FOUND);
    assert_eq!(body(read).await["type"], "urn:footfall:problem:not_configured");
    let change = json!({ "locale": "de-CH" });
    let changed = patch(&service, &person, Some("*"), change).await;
    changed.assert_status(StatusCode::NOT_FOUND);
    let export = service.post("/auth/v1/tenant/export", &person.cookie).send().await;
    export.assert_status(StatusCode::NOT_FOUND);
}
