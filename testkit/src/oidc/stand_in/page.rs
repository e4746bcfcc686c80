//! The page with the buttons.

use super::provider::Account;

const STYLE: &str = "body{font:16px system-ui;max-width:28rem;margin:4rem auto;padding:0 1rem}\
    .warning{background:#fff3cd;border:1px solid #e0b400;padding:.75rem;border-radius:.4rem}\
    button{display:block;width:100%;margin:.6rem 0;padding:.8rem;font:inherit;text-align:left;\
    border:1px solid #888;border-radius:.4rem;background:#fff;cursor:pointer}small{color:#555}";

pub(super) fn login_page(accounts: &[Account]) -> String {
    let buttons: String = accounts
        .iter()
        .map(|account| {
            format!(
                "<button name=\"subject\" value=\"{}\">{}<br><small>{}</small></button>",
                escape(&account.subject),
                escape(&account.name),
                escape(&account.email)
            )
        })
        .collect();
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <title>Development login</title><style>{STYLE}</style>\
         <h1>Log in as</h1><p class=\"warning\"><strong>Development stand-in.</strong> \
         No password is asked for. Never expose this to a network.</p>\
         <form method=\"post\">{buttons}</form></html>"
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_says_what_it_is_and_escapes_names() {
        let account = Account {
            subject: "a".to_owned(),
            name: "<b>".to_owned(),
            email: "a@example.com".to_owned(),
        };
        let page = login_page(&[account]);
        assert!(page.contains("Development stand-in"));
        assert!(page.contains("&lt;b&gt;") && !page.contains("<b>"));
    }
}
