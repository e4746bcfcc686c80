//! Reports: runs, messages, suppressed addresses. Writer: analytics-service.

use crate::tenancy::{Writer, tenant_table};

change!(
    "m11_report",
    up: [
        "CREATE TABLE report_run (
           tenant_id uuid NOT NULL REFERENCES tenant,
           report_run_id uuid NOT NULL,
           job_id uuid NOT NULL,
           kind text NOT NULL,
           property_id bigint NOT NULL,
           location text NOT NULL,
           period_first date NOT NULL,
           period_last date NOT NULL,
           subject text NOT NULL,
           data_through timestamptz,
           created_at timestamptz NOT NULL DEFAULT now(),
           PRIMARY KEY (tenant_id, report_run_id)
         );
         CREATE INDEX report_run_recent ON report_run (tenant_id, created_at DESC, report_run_id DESC);

         -- One message to one recipient, ever, of one run.
         CREATE TABLE delivery (
           tenant_id uuid NOT NULL,
           delivery_id uuid NOT NULL,
           report_run_id uuid NOT NULL,
           recipient text NOT NULL,
           message_id text NOT NULL,
           state text NOT NULL DEFAULT 'queued' CONSTRAINT delivery_state_known CHECK
             (state IN ('queued', 'sending', 'sent', 'written', 'failed', 'skipped')),
           attempts int NOT NULL DEFAULT 0,
           answer text,
           bytes int,
           created_at timestamptz NOT NULL DEFAULT now(),
           finished_at timestamptz,
           PRIMARY KEY (tenant_id, delivery_id),
           CONSTRAINT delivery_recipient_unique UNIQUE (tenant_id, report_run_id, recipient),
           FOREIGN KEY (tenant_id, report_run_id) REFERENCES report_run ON DELETE CASCADE
         );

         CREATE TABLE suppression (
           tenant_id uuid NOT NULL REFERENCES tenant,
           recipient text NOT NULL,
           report text NOT NULL,
           reason text NOT NULL,
           created_at timestamptz NOT NULL DEFAULT now(),
           lifted_at timestamptz,
           PRIMARY KEY (tenant_id, recipient, report)
         );"
            .to_owned(),
        tenant_table("report_run", Writer::Analytics),
        tenant_table("delivery", Writer::Analytics),
        tenant_table("suppression", Writer::Analytics),
    ]
    .join("\n"),
    down: "DROP TABLE suppression, delivery, report_run;",
);
