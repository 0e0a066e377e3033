/** German, in the polite form. */

import type { Catalogue } from "./text";

export const de: Catalogue = {
  "common.cancel": "Abbrechen",
  "common.failed": "Das hat nicht funktioniert. Bitte versuchen Sie es noch einmal.",
  "common.language": "Sprache",
  "common.room": "Raum {id}",
  "common.tryAgain": "Erneut versuchen",

  "role.Presenter": "Moderation",
  "role.Collaborator": "Mitwirkung",
  "role.Attendee": "Teilnahme",
  "role.Consumer": "Nur Zuschauen",
  "role.guest": "Gast",
  "role.may.Presenter":
    "Sie können sprechen, Ihr Bild zeigen, Ihren Bildschirm teilen und andere stummschalten oder entfernen.",
  "role.may.Collaborator": "Sie können sprechen, Ihr Bild zeigen und Ihren Bildschirm teilen.",
  "role.may.Attendee": "Sie können sprechen und Ihr Bild zeigen.",
  "role.may.Consumer": "Sie können zusehen und zuhören. Ihr Mikrofon und Ihre Kamera bleiben aus.",

  "page.asking": "Gespräch",
  "page.call": "Im Gespräch",
  "page.cutOff": "Verbindung wird wiederhergestellt …",
  "page.joining": "Sie werden verbunden …",
  "page.lobby": "Bereit zur Teilnahme",
  "wait.cutOff": "Die Verbindung ist unterbrochen",
  "wait.cutOff.text":
    "Ihr Netz oder der Dienst war unterbrochen. Sie sind wieder im Gespräch, sobald die Verbindung zurück ist.",
  "wait.leave": "Verlassen",
  "wait.lookingUp": "Ihr Raum wird gesucht …",
  "wait.tryNow": "Jetzt versuchen",
  "wait.trying": "Neuer Versuch …",
  "wait.tryingIn": "Neuer Versuch in {time}",

  "time.closes": { one: "Der Raum schließt in {count} Minute.", other: "Der Raum schließt in {count} Minuten." },

  "lobby.alone": "Noch ist niemand sonst im Gespräch.",
  "lobby.early": "Der Raum ist noch nicht geöffnet",
  "lobby.join": "Jetzt teilnehmen",
  "lobby.keepOpen": "Lassen Sie diese Seite geöffnet: Sie nehmen automatisch teil, sobald der Raum öffnet.",
  "lobby.name": "Ihr Name",
  "lobby.name.hint": "So sehen ihn die anderen",
  "lobby.onePresent": "{name} ist im Gespräch.",
  "lobby.openUntil": "Geöffnet bis {time} · noch {left}",
  "lobby.opens": "Er öffnet um {time}, in {left}.",
  "lobby.ready": "Möchten Sie teilnehmen?",
  "lobby.role": "Ihre Rolle: {role}. {may}",
  "lobby.severalPresent": {
    one: "{name} und eine weitere Person sind im Gespräch.",
    other: "{name} und {count} weitere Personen sind im Gespräch.",
  },

  "device.camera": "Kamera",
  "device.devices": "Geräte",
  "device.insecure":
    "Dieser Browser gibt über unverschlüsseltes http keiner Seite Kamera oder Mikrofon frei. Sie können zusehen und zuhören oder den Link über https öffnen.",
  "device.microphone": "Mikrofon",
  "device.speaker": "Lautsprecher",
  "device.testSound": "Testton abspielen",
  "device.testSound.failed": "Der Testton konnte auf diesem Lautsprecher nicht abgespielt werden.",

  "preview.cameraOff": "Ihre Kamera ist aus",
  "preview.level": "Pegel des Mikrofons",
  "preview.starting": "Die Kamera wird gestartet …",
  "preview.turnOff.camera": "Kamera ausschalten",
  "preview.turnOff.microphone": "Mikrofon ausschalten",
  "preview.turnOn.camera": "Kamera einschalten",
  "preview.turnOn.microphone": "Mikrofon einschalten",
  "preview.video": "Vorschau Ihrer Kamera",

  "failure.denied.camera":
    "Der Browser darf Ihre Kamera nicht verwenden. Erlauben Sie es neben der Adresse der Seite und schalten Sie sie dann wieder ein.",
  "failure.denied.microphone":
    "Der Browser darf Ihr Mikrofon nicht verwenden. Erlauben Sie es neben der Adresse der Seite und schalten Sie es dann wieder ein.",
  "failure.denied.screen":
    "Der Bildschirm wurde nicht geteilt: Es wurde nichts ausgewählt, oder der Browser darf ihn nicht teilen.",
  "failure.inUse.camera":
    "Ein anderes Programm verwendet Ihre Kamera. Schließen Sie es und schalten Sie die Kamera dann wieder ein.",
  "failure.inUse.microphone":
    "Ein anderes Programm verwendet Ihr Mikrofon. Schließen Sie es und schalten Sie das Mikrofon dann wieder ein.",
  "failure.inUse.screen":
    "Ein anderes Programm teilt Ihren Bildschirm. Beenden Sie es dort und teilen Sie dann noch einmal.",
  "failure.notFound.camera": "Es wurde keine Kamera gefunden. Schließen Sie eine an, oder nehmen Sie ohne Kamera teil.",
  "failure.notFound.microphone":
    "Es wurde kein Mikrofon gefunden. Schließen Sie eines an, oder nehmen Sie ohne Mikrofon teil.",
  "failure.notFound.screen": "Es wurde kein Bildschirm gefunden, der geteilt werden könnte.",
  "failure.other.camera": "Ihre Kamera konnte nicht gestartet werden.",
  "failure.other.microphone": "Ihr Mikrofon konnte nicht gestartet werden.",
  "failure.other.screen": "Ihr Bildschirm konnte nicht geteilt werden.",

  "notice.askForLink": "Bitten Sie die Person, die Sie eingeladen hat, um einen neuen Link.",
  "notice.badLink": "Dieser Link gilt nicht mehr",
  "notice.badLink.text": "Er ist abgelaufen, wurde zurückgezogen oder nicht vollständig kopiert.",
  "notice.badLink.inCall": "Ihr Link gilt nicht mehr",
  "notice.badLink.inCall.text": "Er ist abgelaufen oder wurde zurückgezogen. Das Gespräch ist für Sie beendet.",
  "notice.busy": "Der Dienst ist ausgelastet",
  "notice.busy.text": "Er konnte gerade nicht antworten. Diese Seite versucht es automatisch erneut.",
  "notice.callsOff": "Gespräche sind zurzeit nicht möglich",
  "notice.callsOff.text":
    "Die Gesprächstechnik des Dienstes ist ausgeschaltet oder antwortet nicht. Diese Seite versucht es automatisch erneut.",
  "notice.callsOff.tell": "Wenn das länger dauert, wenden Sie sich an die Stelle, die den Dienst betreibt.",
  "notice.elsewhere": "Sie nehmen an anderer Stelle teil",
  "notice.elsewhere.text":
    "Das Gespräch läuft in dem anderen Tab oder auf dem anderen Gerät weiter. Sie können nur einmal teilnehmen.",
  "notice.elsewhere.useHere": "Hier weiterführen",
  "notice.ended": "Das Gespräch ist beendet",
  "notice.ended.text": "Es wurde für alle beendet. Der Raum ist noch geöffnet, ein neues Gespräch kann also beginnen.",
  "notice.ended.startAgain": "Neu beginnen",
  "notice.full": "Das Gespräch ist voll",
  "notice.full.text": "Die Höchstzahl an Personen ist erreicht.",
  "notice.full.retries": "Diese Seite versucht es weiter, bis ein Platz frei ist.",
  "notice.incomplete": "Dieser Link ist unvollständig",
  "notice.incomplete.text":
    "Er sollte eine lange Zeile sein, die mit vielen Buchstaben und Ziffern endet. Kopieren Sie ihn ganz, oder klicken Sie ihn dort an, wo Sie ihn erhalten haben.",
  "notice.incomplete.address": "Die Adresse, die diese Seite zeigt, reicht nicht aus: Sie sagt nicht, wer Sie sind.",
  "notice.left": "Sie haben das Gespräch verlassen",
  "notice.left.text": "Sie können zurückkommen, solange der Raum geöffnet ist.",
  "notice.noRoom": "Diesen Raum gibt es nicht",
  "notice.noRoom.text": "Er wurde gelöscht, oder der Link ist falsch.",
  "notice.noRoom.inCall": "Der Raum wurde gelöscht",
  "notice.noRoom.inCall.text": "Damit ist auch das Gespräch beendet.",
  "notice.notAllowed": "Sie dürfen an diesem Gespräch nicht teilnehmen",
  "notice.notAllowed.text": "Der Dienst lässt diesen Link nicht in das Gespräch.",
  "notice.notInvited": "Sie stehen nicht auf der Liste dieses Raums",
  "notice.notInvited.text": "Nur eingeladene Personen haben Zutritt, und dieser Link gehört zu keiner von ihnen.",
  "notice.notInvited.ask": "Bitten Sie die einladende Stelle, Sie hinzuzufügen, und versuchen Sie es dann erneut.",
  "notice.notInvited.inCall": "Sie stehen nicht mehr auf der Liste dieses Raums",
  "notice.notInvited.inCall.text": "Ihre Einladung wurde zurückgezogen. Das Gespräch ist für Sie beendet.",
  "notice.notInvited.inCall.ask":
    "Falls das ein Irrtum ist, bitten Sie die einladende Stelle, Sie wieder hinzuzufügen.",
  "notice.rejoin": "Wieder teilnehmen",
  "notice.removed": "Sie wurden aus dem Gespräch entfernt",
  "notice.removed.text":
    "Die Moderation hat Sie entfernt. Sie stehen weiter auf der Liste des Raums und können zurückkommen, sofern man Sie nicht gebeten hat, es zu lassen.",
  "notice.tooEarly": "Der Raum ist noch nicht geöffnet",
  "notice.tooEarly.text": "Er öffnet um {time}.",
  "notice.tooLate": "Dieser Raum ist geschlossen",
  "notice.tooLate.text": "Er war bis {time} geöffnet.",
  "notice.tooLate.unknown": "Seine Zeit ist abgelaufen.",
  "notice.tooLate.ask":
    "Wenn Sie noch Zeit brauchen, bitten Sie die einladende Stelle, den Termin zu verlängern, und versuchen Sie es dann erneut.",
  "notice.tooLate.inCall": "Die Zeit ist um: Der Raum ist geschlossen",
  "notice.unconnected": "Das Gespräch konnte nicht verbunden werden",
  "notice.unconnected.text": "Der Raum ist geöffnet, aber Ton und Bild kamen nicht durch.",
  "notice.unconnected.network":
    "Meist liegt das an einem VPN oder einer strengen Firewall: Versuchen Sie es ohne, oder in einem anderen Netz.",
  "notice.unreachable": "Keine Verbindung",
  "notice.unreachable.text":
    "Der Dienst war nicht erreichbar. Bitte prüfen Sie Ihr Netz. Diese Seite versucht es automatisch erneut.",
  "notice.wrongScope": "Mit diesem Link ist keine Teilnahme möglich",
  "notice.wrongScope.text": "Er wurde für einen anderen Zweck erstellt.",
};
