// What is odd in the plan of a sweep: its warnings, points left out, and combinations that mean the same.
import type { SweepPlan } from '../../sweep/points.ts'
import { counted, type Session } from '../session.ts'

export function noteOfPlan(session: Session, plan: SweepPlan): void {
  for (const warning of plan.warnings) session.diagnostic(warning)
  if (plan.leftOut > 0) session.remark(`note: constraints leave out ${counted(plan.leftOut, 'point')}`)
  if (plan.repeated > 0) {
    session.remark(
      `note: ${counted(plan.repeated, 'combination')} mean the same as an earlier one, and run once`,
    )
  }
}
