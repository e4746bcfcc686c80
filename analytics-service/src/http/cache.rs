//! Finished answers of the statistics routes. The key is the entity tag, which covers tenant,
//! question and data version: a stale entry is never asked for and ages out.

use bytes::Bytes;
use common::http::ETag;
use moka::future::Cache;

/// Bounded by the bytes it holds; may be switched off.
#[derive(Debug, Clone)]
pub struct AnswerCache {
    answers: Option<Cache<String, Bytes>>,
}

impl AnswerCache {
    /// Keeps up to `max_bytes` of answers.
    #[must_use]
    pub fn bounded(max_bytes: u64) -> Self {
        let weigh =
            |key: &String, body: &Bytes| u32::try_from(key.len() + body.len()).unwrap_or(u32::MAX);
        Self { answers: Some(Cache::builder().max_capacity(max_bytes).weigher(weigh).build()) }
    }

    /// Keeps nothing.
    #[must_use]
    pub const fn off() -> Self {
        Self { answers: None }
    }

    /// Whether an answer may be found here.
    pub(super) const fn keeps(&self) -> bool {
        self.answers.is_some()
    }

    pub(super) async fn get(&self, tag: &ETag) -> Option<Bytes> {
        self.answers.as_ref()?.get(tag.as_str()).await
    }

    pub(super) async fn put(&self, tag: &ETag, body: Bytes) {
        if let Some(answers) = &self.answers {
            answers.insert(tag.as_str().to_owned(), body).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn switched_off_it_keeps_nothing() {
        let tag = ETag::of(["a"]);
        for (cache, kept) in [(AnswerCache::bounded(1 << 20), true), (AnswerCache::off(), false)] {
            cache.put(&tag, Bytes::from_static(b"{}")).await;
            assert_eq!(cache.get(&tag).await.is_some(), kept);
            assert_eq!(cache.keeps(), kept);
        }
    }
}
