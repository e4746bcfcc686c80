//! A certificate authority that nobody else trusts, and its certificate for `localhost`.

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};

/// PEM texts of one authority and one server.
#[derive(Debug, Clone)]
pub struct Authority {
    /// What a client has to trust.
    pub root: String,
    pub(super) certificate: String,
    pub(super) key: String,
}

impl Authority {
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn new() -> Result<Self, rcgen::Error> {
        let root_key = KeyPair::generate()?;
        let mut root = CertificateParams::default();
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        root.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        root.distinguished_name.push(DnType::CommonName, "footfall test authority");
        let root_certificate = root.self_signed(&root_key)?;
        let issuer = Issuer::new(root, root_key);
        let key = KeyPair::generate()?;
        let server = CertificateParams::new(vec!["localhost".to_owned()])?;
        let certificate = server.signed_by(&key, &issuer)?;
        Ok(Self {
            root: root_certificate.pem(),
            certificate: certificate.pem(),
            key: key.serialize_pem(),
        })
    }
}
