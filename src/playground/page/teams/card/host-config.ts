// How cards look: the page's own colours and measures, in the words of the renderer.

/** Colours are the page's custom properties, so that a card follows the theme without being drawn again. */
const INK = {
  default: { default: 'var(--text)', subtle: 'var(--text-soft)' },
  accent: { default: 'var(--accent)', subtle: 'var(--accent)' },
  attention: { default: 'var(--bad)', subtle: 'var(--bad)' },
  good: { default: 'var(--good)', subtle: 'var(--good)' },
  warning: { default: 'var(--warn)', subtle: 'var(--warn)' },
  dark: { default: 'var(--text)', subtle: 'var(--text-soft)' },
  light: { default: 'var(--text-soft)', subtle: 'var(--text-soft)' },
} as const

const toStyle = (backgroundColor: string, borderColor = 'transparent') => ({
  backgroundColor,
  borderColor,
  foregroundColors: INK,
})

export const HOST_CONFIG = {
  fontFamily: 'var(--font)',
  supportsInteractivity: true,
  lineHeights: { small: 18, default: 21, medium: 22, large: 25, extraLarge: 30 },
  fontTypes: {
    default: {
      fontFamily: 'var(--font)',
      fontSizes: { small: 12.5, default: 14, medium: 15, large: 18, extraLarge: 22 },
      fontWeights: { lighter: 400, default: 400, bolder: 650 },
    },
    monospace: {
      fontFamily: 'var(--mono)',
      fontSizes: { small: 12, default: 13, medium: 14, large: 16, extraLarge: 20 },
      fontWeights: { lighter: 400, default: 400, bolder: 650 },
    },
  },
  spacing: { none: 0, small: 4, default: 8, medium: 12, large: 18, extraLarge: 26, padding: 14 },
  separator: { lineThickness: 1, lineColor: 'var(--line)' },
  imageSizes: { small: 40, medium: 80, large: 160 },
  containerStyles: {
    default: toStyle('var(--surface)', 'var(--line)'),
    emphasis: toStyle('var(--raised)'),
    good: toStyle('var(--good-soft)'),
    attention: toStyle('var(--bad-soft)'),
    warning: toStyle('var(--warn-soft)'),
    accent: toStyle('var(--accent-soft)'),
  },
  inputs: {
    label: {
      requiredInputs: { color: 'default', weight: 'bolder', size: 'small', suffix: ' *', suffixColor: 'attention' },
      optionalInputs: { color: 'default', weight: 'bolder', size: 'small' },
      inputSpacing: 'small',
    },
    errorMessage: { color: 'attention', size: 'small', weight: 'default', spacing: 'small' },
  },
  actions: {
    maxActions: 6,
    spacing: 'medium',
    buttonSpacing: 8,
    showCard: { actionMode: 'inline', inlineTopMargin: 12, style: 'emphasis' },
    preExpandSingleShowCardAction: false,
    actionsOrientation: 'horizontal',
    actionAlignment: 'left',
  },
  factSet: {
    title: { weight: 'default', color: 'default', isSubtle: true, size: 'default', wrap: true, maxWidth: 180 },
    value: { weight: 'default', color: 'default', size: 'default', wrap: true },
    spacing: 14,
  },
  table: { cellSpacing: 8 },
  textStyles: {
    heading: { size: 'large', weight: 'bolder', color: 'default', isSubtle: false, fontType: 'default' },
    columnHeader: { size: 'default', weight: 'bolder', color: 'default', isSubtle: false, fontType: 'default' },
  },
  textBlock: { headingLevel: 4 },
} as const
