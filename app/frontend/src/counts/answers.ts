// Asking the server: what is no longer wanted is given up, what was answered is remembered a while.

/** Answers kept: enough to go back and forth without asking again. */
const KEPT = 12;

/** Questions of one kind. Whoever asks what is already asked shares the answer. */
export class Asker<T> {
  private readonly known = new Map<string, T>();
  private readonly underWay = new Map<string, { control: AbortController; answer: Promise<T> }>();

  constructor(private readonly fetchAnswer: (question: string, signal: AbortSignal) => Promise<T>) {}

  /** The answer if it is known. */
  recall(question: string): T | undefined {
    return this.known.get(question);
  }

  async ask(question: string): Promise<T> {
    const known = this.known.get(question);
    if (known !== undefined) return known;
    return this.underWay.get(question)?.answer ?? this.begin(question);
  }

  /** Gives up what is under way but for `wanted`. */
  keepOnly(wanted: readonly string[]): void {
    for (const [question, { control }] of this.underWay) {
      if (wanted.includes(question)) continue;
      this.underWay.delete(question);
      control.abort();
    }
  }

  private begin(question: string): Promise<T> {
    const control = new AbortController();
    const answer = this.fetchAnswer(question, control.signal).then(
      (told) => {
        this.end(question, control);
        this.remember(question, told);
        return told;
      },
      (error: unknown) => {
        this.end(question, control);
        throw error;
      },
    );
    this.underWay.set(question, { control, answer });
    return answer;
  }

  /** The same may have been given up and asked again meanwhile. */
  private end(question: string, control: AbortController): void {
    if (this.underWay.get(question)?.control === control) this.underWay.delete(question);
  }

  private remember(question: string, answer: T): void {
    this.known.set(question, answer);
    const oldest = this.known.keys().next();
    if (this.known.size > KEPT && !oldest.done) this.known.delete(oldest.value);
  }
}

/** Whether somebody gave the question up: no fault to be told. */
export function isGivenUp(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
