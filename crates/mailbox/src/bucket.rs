//! A bucket of any S3-compatible store.

use std::{sync::Arc, time::Duration};

use object_store::{
    BackoffConfig, ObjectStore, RetryConfig,
    aws::{AmazonS3Builder, AmazonS3ConfigKey},
    prefix::PrefixStore,
};

/// How long a request to the bucket is tried again, before the sender is told to come back.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a bucket can't be used.
#[derive(Debug, thiserror::Error)]
pub enum BucketError {
    #[error("the bucket's address can't be read; it is s3://NAME or s3://NAME/PREFIX")]
    Address,
    #[error("the bucket can't be used: {0}")]
    Settings(#[from] object_store::Error),
}

/// The bucket at `s3://NAME` or, below a prefix, `s3://NAME/PREFIX`. Keys, region and endpoint are taken from what is
/// called `AWS_…` among the settings, as elsewhere; an endpoint that says http is spoken to by http.
pub fn open(
    address: &str,
    settings: impl IntoIterator<Item = (String, String)>,
) -> Result<Arc<dyn ObjectStore>, BucketError> {
    let place = address.strip_prefix("s3://").ok_or(BucketError::Address)?;
    let (name, prefix) = place.split_once('/').unwrap_or((place, ""));
    if name.is_empty() {
        return Err(BucketError::Address);
    }
    // The one way of speaking TLS here. Whoever chose another in this process before keeps it.
    drop(rustls::crypto::ring::default_provider().install_default());
    let retries = RetryConfig {
        max_retries: 4,
        retry_timeout: PATIENCE,
        backoff: BackoffConfig::default(),
    };
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(name)
        .with_retry(retries);
    let mut by_http = false;
    for (name, value) in settings {
        if !name.starts_with("AWS_") {
            continue;
        }
        if let Ok(key) = name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>() {
            by_http |= name.starts_with("AWS_ENDPOINT") && value.starts_with("http://");
            builder = builder.with_config(key, value);
        }
    }
    if by_http {
        builder = builder.with_allow_http(true);
    }
    let bucket = builder.build()?;
    Ok(match prefix.trim_matches('/') {
        "" => Arc::new(bucket),
        prefix => Arc::new(PrefixStore::new(bucket, prefix)),
    })
}
