# S3 refuses to delete a bucket that holds something, but by then Terraform has deleted the bucket's policy, its public access
# block and the rest, because all of these depend on the bucket. What depends on all of them goes first, and refuses here.
resource "terraform_data" "destroy_guard" {
  input = { force_destroy = var.force_destroy }

  provisioner "local-exec" {
    when    = destroy
    command = self.output.force_destroy ? "exit 0" : "echo force_destroy is false, so the buckets and their key stay. First: terraform apply -var force_destroy=true && exit 1"
  }

  depends_on = [
    aws_kms_alias.this,
    aws_s3_bucket_lifecycle_configuration.this,
    aws_s3_bucket_logging.this,
    aws_s3_bucket_ownership_controls.this,
    aws_s3_bucket_policy.this,
    aws_s3_bucket_public_access_block.this,
    aws_s3_bucket_server_side_encryption_configuration.this,
    aws_s3_bucket_versioning.this,
  ]
}
