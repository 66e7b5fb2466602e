import type { FailureSpec } from './pipeline-spec.ts'
import type { AnnotationState } from './terms.ts'

export function annotationsFrom(specs: FailureSpec['annotations']): readonly AnnotationState[] {
  return (specs ?? []).map((spec) => ({ level: 'failure', title: null, ...spec }))
}
