// Spans of traces on Databricks: uploaded to an address that the workspace signs for the trace.
import { z } from 'zod'
import type { SpanFiles } from '../mlflow/create-mlflow-traces.ts'
import type { MlflowHttp } from '../mlflow/mlflow-http.ts'
import { signedAddressSchema, writeSigned } from './signed-storage.ts'

const answerSchema = z.object({ credential_info: signedAddressSchema })

export function createDatabricksSpans({ http }: { http: MlflowHttp }): SpanFiles {
  return {
    async put(traceId, _location, body) {
      const path = `/2.0/mlflow/traces/${encodeURIComponent(traceId)}/credentials-for-data-upload`
      const about = `spans of trace ${traceId}`
      const { credential_info } = await http.json({ method: 'GET', path, about, answer: answerSchema })
      await writeSigned(credential_info, about, body)
    },
  }
}
