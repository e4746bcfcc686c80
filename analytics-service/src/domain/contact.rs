//! Whom to call, and what of it a viewer may see.

/// A customer of the master data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    pub customer_code: String,
    pub name: String,
    pub email: Option<String>,
    pub phone: Option<String>,
}

impl Contact {
    /// As a viewer sees it: enough to recognise, too little to write or call.
    #[must_use]
    pub fn masked(self) -> Self {
        Self {
            email: self.email.as_deref().map(mask_email),
            phone: self.phone.as_deref().map(mask_phone),
            ..self
        }
    }
}

/// `anna@example.com` → `a***@example.com`
fn mask_email(email: &str) -> String {
    match email.rsplit_once('@') {
        Some((local, domain)) => {
            let first: String = local.chars().take(1).collect();
            format!("{first}***@{domain}")
        }
        None => "***".to_owned(),
    }
}

/// `+41 44 123 45 67` → `***67`
fn mask_phone(phone: &str) -> String {
    let digits: Vec<char> = phone.chars().filter(char::is_ascii_digit).collect();
    let shown = if digits.len() > 6 { &digits[digits.len() - 2..] } else { &[] };
    format!("***{}", shown.iter().collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_viewer_sees_the_first_letter_and_the_domain() {
        for (email, masked) in [
            ("anna@example.com", "a***@example.com"),
            ("@example.com", "***@example.com"),
            ("éa@example.com", "é***@example.com"),
            ("no address", "***"),
        ] {
            assert_eq!(mask_email(email), masked);
        }
    }

    #[test]
    fn a_viewer_sees_the_end_of_a_long_phone_number() {
        assert_eq!(mask_phone("+41 44 123 45 67"), "***67");
        assert_eq!(mask_phone("1234"), "***");
    }
}
