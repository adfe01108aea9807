# The stack by Terraform: `make build` makes the packages, `terraform apply` uploads and deploys them.
# Provider aliyun/alicloud; keys from ALICLOUD_ACCESS_KEY and ALICLOUD_SECRET_KEY.
terraform {
  required_providers {
    alicloud = { source = "aliyun/alicloud" }
  }
}
variable "runtime" { default = "python3.10" }
variable "code_bucket" {}
variable "bucket" {}
locals {
  build    = "${path.module}/../../build"
  packages = { FunctionObject = "function", SdkLayerObject = "layer-sdk", MediaInfoLayerObject = "layer-mediainfo" }
  zips     = { for name, zip in local.packages : name => "${local.build}/${zip}-${var.runtime}.zip" }
  settings = { CodeBucket = var.code_bucket, Bucket = var.bucket, BucketExists = "true", Runtime = var.runtime }
}
resource "alicloud_oss_bucket_object" "package" {
  for_each = local.zips
  bucket   = var.code_bucket
  key      = "mps-manifest/${each.key}-${filesha256(each.value)}.zip"
  source   = each.value
}
resource "alicloud_ros_stack" "manifests" {
  stack_name         = "mps-manifest"
  template_body      = file("${path.module}/../../template.yml")
  replacement_option = "Enabled" # layers and limits on instances can only be replaced
  timeout_in_minutes = 30
  dynamic "parameters" {
    for_each = merge(local.settings, { for name, zip in alicloud_oss_bucket_object.package : name => zip.key })
    content {
      parameter_key   = parameters.key
      parameter_value = parameters.value
    }
  }
  timeouts {
    create = "35m" # the provider gives up after 11 minutes
    update = "35m"
  }
}
