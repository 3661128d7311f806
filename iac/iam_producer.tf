# For whoever sends the events: put them into this stream, and nothing else. Attach it to the producer's role or user.
resource "aws_iam_policy" "producer" {
  name        = "${local.global_name}-producer"
  description = "Put click events into the delivery stream ${local.delivery_stream_name}."

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "PutEvents"
        Effect = "Allow"
        Action = [
          "firehose:PutRecord", # producers that send one event at a time
          "firehose:PutRecordBatch",
        ]
        Resource = aws_kinesis_firehose_delivery_stream.events.arn
      },
    ]
  })
}
