"""Rules of a bucket: what a check of an account reads of them."""

import oss2
import pytest

from local.client import LocalCloud
from tests.local.conftest import BUCKET, Connect


def test_a_lifecycle_is_read_as_it_was_put(cloud: LocalCloud, connect: Connect) -> None:
    """A rule that is lost on the way would look like no rule."""
    bucket = connect(cloud.owner)
    with pytest.raises(oss2.exceptions.NoSuchLifecycle):
        bucket.get_bucket_lifecycle()
    expiration = oss2.models.LifecycleExpiration(days=3)
    rule = oss2.models.LifecycleRule("old", "uploads/", expiration=expiration)
    bucket.put_bucket_lifecycle(oss2.models.BucketLifecycle([rule]))
    [found] = bucket.get_bucket_lifecycle().rules
    assert (found.id, found.prefix, found.expiration.days) == ("old", "uploads/", 3)
    for forget in (bucket.delete_bucket_lifecycle, cloud.reset):
        bucket.put_bucket_lifecycle(
            oss2.models.BucketLifecycle([rule]), {"x-oss-allow-same-action-overlap": "true"}
        )
        forget()
        cloud.create_bucket(BUCKET)
        with pytest.raises(oss2.exceptions.NoSuchLifecycle):
            bucket.get_bucket_lifecycle()
    assert bucket.delete_bucket_lifecycle().status == 204


def test_an_immutable_bucket_has_a_retention_policy(cloud: LocalCloud, connect: Connect) -> None:
    """What refuses deletions must say so when it is asked."""
    with pytest.raises(oss2.exceptions.ServerError) as none:
        connect(cloud.owner).get_bucket_worm()
    assert (none.value.status, none.value.code) == (404, "NoSuchWORMConfiguration")
    cloud.create_bucket("kept", immutable=True)
    found = connect(cloud.owner, bucket="kept").get_bucket_worm()
    assert (found.state, found.retention_period_days) == ("Locked", 1)


def test_what_is_not_supported_of_them_changes_nothing(cloud: LocalCloud, connect: Connect) -> None:
    """A deletion of tags that deleted the bucket would be the worst of answers."""
    bucket = connect(cloud.owner)
    for refused in (bucket.delete_bucket_tagging, lambda: bucket.init_bucket_worm(1)):
        with pytest.raises(oss2.exceptions.ServerError) as error:
            refused()
        assert error.value.status == 501
    assert bucket.get_bucket_info().name == BUCKET
