const KEPT = 60_000;

/** Let the browser save a file that this page made. */
export function download(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // Browsers begin to read the file later.
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT);
}
