import { OperationResponse } from './operations/operations.dto.js';
import { PaymentResponse } from './payments.dto.js';

/** A payment with its captures, refunds and voids. */
export class PaymentDetailResponse extends PaymentResponse {
  /** Captures, refunds and voids, oldest first. Money captured at once with the authorisation has none. */
  operations: OperationResponse[];
}
