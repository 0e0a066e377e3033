import encode from "qr";

// Readers need as much white around the code; ISO/IEC 18004.
const MARGIN = 4;

/** A text as a QR code, dark on white also where the page is dark. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const rows = encode(text, "raw", { border: MARGIN });
  const dark = rows.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : []))).join("");
  return (
    <svg className="qr" role="img" aria-label={label} viewBox={`0 0 ${rows.length} ${rows.length}`}>
      <path fill="#fff" d={`M0 0h${rows.length}v${rows.length}h-${rows.length}z`} />
      <path fill="#000" d={dark} />
    </svg>
  );
}
