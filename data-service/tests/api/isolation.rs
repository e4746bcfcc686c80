//! Every route with an id: own, another tenant's, unknown, malformed.

use poem::http::Method;
use serde_json::Value;
use uuid::Uuid;

use crate::support::Site;

const ROUTES: [(Method, &str); 6] = [
    (Method::GET, ""),
    (Method::GET, "/events"),
    (Method::POST, "/cancel"),
    (Method::POST, "/pause"),
    (Method::POST, "/resume"),
    (Method::POST, "/retry"),
];

#[tokio::test]
async fn another_tenants_job_answers_like_an_unknown_one() {
    let site = Site::new().await;
    let of_beta = site.job(&site.beta).await;
    let unknown = Uuid::now_v7().to_string();
    let headers = [("cookie", site.alpha.as_str()), ("origin", "http://localhost:8002")];
    for (method, route) in &ROUTES {
        let mut answers = Vec::new();
        for id in [&of_beta, &unknown] {
            let path = format!("/data/v1/jobs/{id}{route}");
            let mut answer = site.send(method.clone(), &path, &headers, None).await;
            assert_eq!(answer.status, 404, "{method} {path}");
            let problem = answer.body.as_object_mut().unwrap();
            assert_eq!(problem.remove("instance"), Some(Value::String(path)));
            assert!(problem.remove("request_id").is_some());
            answers.push(answer.body);
        }
        assert_eq!(answers[0], answers[1], "{method} {route}");

        let malformed = format!("/data/v1/jobs/7{route}");
        let answer = site.send(method.clone(), &malformed, &headers, None).await;
        assert_eq!((answer.status, answer.faults()), (400, vec!["id"]), "{method} {malformed}");
    }
    let still = site.get(&format!("/data/v1/jobs/{of_beta}"), &site.beta).await;
    assert_eq!((still.status, &still.body["status"]), (200, &Value::from("pending")));
}

#[tokio::test]
async fn the_tenant_header_never_widens() {
    let site = Site::new().await;
    let beta = site.test.beta().tenant_id().to_string();
    let headers = [("cookie", site.alpha.as_str()), ("x-tenant-id", beta.as_str())];
    let answer = site.send(Method::GET, "/data/v1/jobs", &headers, None).await;
    assert_eq!(answer.status, 404);
}
