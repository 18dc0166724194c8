"""Encrypted buckets and the key of the platform."""

from .access_log_bucket import AccessLogBucket as AccessLogBucket
from .encrypted_bucket import EncryptedBucket as EncryptedBucket
from .encryption_key import EncryptionKey as EncryptionKey
